package write

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"

	"cocostat/annotations"
)

// voc writes a folder in the layout of VOCdevkit/VOC2012.
func (f *folder) voc(parts []Part) error {
	all := make([]*annotations.Dataset, len(parts))
	var err error
	for i := range parts {
		if all[i], err = f.gather(&parts[i]); err != nil {
			return err
		}
	}
	classes, err := unite(all)
	if err != nil {
		return err
	}
	f.lost.Headings = classes.headings
	names := classes.names()
	lists := map[string][]string{}
	for i := range parts {
		p := &parts[i]
		err := f.each(p, all[i], func(k int) error {
			stem, err := f.vocImage(p, &all[i].Images[k], all[i].Objects[k], classes, names)
			if stem != "" {
				lists[p.Name] = append(lists[p.Name], stem)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := f.imageSets(parts, lists); err != nil {
		return err
	}
	return f.labelMap(names)
}

// vocImage writes the file of an image, and returns its name without extension.
func (f *folder) vocImage(p *Part, im *annotations.Image, objects []annotations.Annotation, c *classes, names []string) (stem string, err error) {
	if im.FileName == "" {
		f.lost.Nameless++
		return "", nil
	}
	// Lists of names take a space for the end of one.
	unspaced := strings.ReplaceAll(im.FileName, " ", "_")
	local, renamed, err := f.names.take("", unspaced)
	if err != nil {
		return "", err
	}
	if renamed || unspaced != im.FileName {
		f.lost.Renamed++
	}
	a := vocAnnotation{Folder: "JPEGImages", FileName: local}
	a.Size.Width, a.Size.Height = p.size(im.FileName, im.Width, im.Height)
	a.Size.Depth = 3
	for i := range objects {
		o := &objects[i]
		if o.Has&annotations.FieldBBox == 0 {
			f.lost.NoBox++
			continue
		}
		a.Objects = append(a.Objects, newVOCObject(o, names[c.index[o.CategoryID]]))
	}
	text, err := xml.MarshalIndent(a, "", "\t")
	if err != nil {
		return "", err
	}
	stem = strings.TrimSuffix(local, path.Ext(local))
	if err := f.writeFile(path.Join("Annotations", stem+".xml"), append(text, '\n')); err != nil {
		return "", err
	}
	return stem, f.place(p, im.FileName, path.Join("JPEGImages", local))
}

// vocAnnotation is a file of Annotations, its elements in the order of the devkit.
type vocAnnotation struct {
	XMLName  xml.Name `xml:"annotation"`
	Folder   string   `xml:"folder"`
	FileName string   `xml:"filename"`
	Size     struct {
		Width  int `xml:"width"`
		Height int `xml:"height"`
		Depth  int `xml:"depth"`
	} `xml:"size"`
	Segmented int         `xml:"segmented"`
	Objects   []vocObject `xml:"object"`
}

type vocObject struct {
	Name      string `xml:"name"`
	Pose      string `xml:"pose"`
	Truncated int    `xml:"truncated"`
	Difficult int    `xml:"difficult"`
	Box       struct {
		XMin string `xml:"xmin"`
		YMin string `xml:"ymin"`
		XMax string `xml:"xmax"`
		YMax string `xml:"ymax"`
	} `xml:"bndbox"`
}

// newVOCObject writes corners as they are, without the 1 that the devkit's own
// pixels begin at: what other writers and readers of such files agree on. Crowds
// are difficult: VOC's evaluation ignores these as COCO's ignores crowds.
func newVOCObject(a *annotations.Annotation, class string) vocObject {
	o := vocObject{Name: class, Pose: "Unspecified"}
	if a.Crowd {
		o.Difficult = 1
	}
	pixel := func(v float64) string { return strconv.FormatFloat(math.Round(v*1e4)/1e4, 'f', -1, 64) }
	o.Box.XMin, o.Box.YMin = pixel(a.BBox[0]), pixel(a.BBox[1])
	o.Box.XMax, o.Box.YMax = pixel(a.BBox[0]+a.BBox[2]), pixel(a.BBox[1]+a.BBox[3])
	return o
}

// imageSets writes the lists of the parts. Folds become the training and the
// validation list of each.
func (f *folder) imageSets(parts []Part, lists map[string][]string) error {
	write := func(name string, stems []string) error {
		text := strings.Join(append(stems, ""), "\n")
		return f.writeFile(path.Join("ImageSets", "Main", name+".txt"), []byte(text))
	}
	for i := range parts {
		name := parts[i].Name
		if !f.opt.Folds {
			if err := write(name, lists[name]); err != nil {
				return err
			}
			continue
		}
		var others []string
		for k := range parts {
			if k != i {
				others = append(others, lists[parts[k].Name]...)
			}
		}
		number := strconv.Itoa(i + 1)
		if err := write("train"+number, others); err != nil {
			return err
		}
		if err := write("val"+number, lists[name]); err != nil {
			return err
		}
	}
	return nil
}

// labelMap lists the classes, as CVAT and Datumaro do: VOC itself has no place for
// their order, and for one without objects.
func (f *folder) labelMap(names []string) error {
	var b bytes.Buffer
	b.WriteString("# label:color_rgb:parts:actions\n")
	for _, name := range names {
		if strings.ContainsAny(name, ":\n\r") || strings.HasPrefix(name, "#") {
			return nil // the list has no way to write it
		}
		fmt.Fprintf(&b, "%s:::\n", name)
	}
	return f.writeFile("labelmap.txt", b.Bytes())
}
