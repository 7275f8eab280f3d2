package write

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cocostat/annotations"
)

// yolo writes a folder in the layout of Ultralytics.
func (f *folder) yolo(parts []Part) error {
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
	for i := range parts {
		p := &parts[i]
		if err := f.each(p, all[i], func(k int) error { return f.yoloImage(p, &all[i].Images[k], all[i].Objects[k], classes) }); err != nil {
			return err
		}
	}
	return f.describe(parts, classes.names())
}

// yoloImage writes the labels of an image.
func (f *folder) yoloImage(p *Part, im *annotations.Image, objects []annotations.Annotation, c *classes) error {
	if im.FileName == "" {
		f.lost.Nameless++
		return nil
	}
	width, height := p.size(im.FileName, im.Width, im.Height)
	if width <= 0 || height <= 0 {
		if len(objects) > 0 {
			f.lost.NoSize++
			return nil
		}
		width, height = 1, 1
	}
	local, renamed, err := f.names.take(p.Name, im.FileName)
	if err != nil {
		return err
	}
	if renamed {
		f.lost.Renamed++
	}
	var text []byte
	for i := range objects {
		text = f.yoloLine(text, &objects[i], c.index[objects[i].CategoryID], float64(width), float64(height))
	}
	name := strings.TrimSuffix(local, path.Ext(local)) + ".txt"
	if err := f.writeFile(path.Join("labels", p.Name, name), text); err != nil {
		return err
	}
	return f.place(p, im.FileName, path.Join("images", p.Name, local))
}

// yoloLine appends a label: class, centre and size of the box in 0 … 1.
func (f *folder) yoloLine(text []byte, a *annotations.Annotation, class int, width, height float64) []byte {
	switch {
	case a.Has&annotations.FieldBBox == 0:
		f.lost.NoBox++
		return text
	case a.Crowd:
		f.lost.Crowds++
		return text
	}
	left, right := max(a.BBox[0], 0), min(a.BBox[0]+a.BBox[2], width)
	top, bottom := max(a.BBox[1], 0), min(a.BBox[1]+a.BBox[3], height)
	if !(right > left && bottom > top) {
		f.lost.NoArea++
		return text
	}
	const rounding = 0.005 // pixels
	if left-a.BBox[0] > rounding || top-a.BBox[1] > rounding || a.BBox[0]+a.BBox[2]-right > rounding || a.BBox[1]+a.BBox[3]-bottom > rounding {
		f.lost.Cut++
	}
	text = strconv.AppendInt(text, int64(class), 10)
	for _, v := range []float64{(left + right) / (2 * width), (top + bottom) / (2 * height), (right - left) / width, (bottom - top) / height} {
		text = strconv.AppendFloat(append(text, ' '), math.Round(v*1e8)/1e8, 'f', -1, 64)
	}
	return append(text, '\n')
}

// describe writes data.yaml, or of folds one for each. Without a path the folders are
// those beside the file, wherever it lies.
func (f *folder) describe(parts []Part, names []string) error {
	folders := make([]string, len(parts))
	for i := range parts {
		folders[i] = path.Join("images", parts[i].Name)
	}
	if !f.opt.Folds {
		return f.writeFile("data.yaml", yoloYAML(splits(parts, folders), names))
	}
	for i := range parts {
		others := slices.Delete(slices.Clone(folders), i, i+1)
		split := [][2]string{{"train", "[" + strings.Join(others, ", ") + "]"}, {"val", folders[i]}}
		if err := f.writeFile("data_"+parts[i].Name+".yaml", yoloYAML(split, names)); err != nil {
			return err
		}
	}
	return nil
}

// splits are the keys of data.yaml and their folders. It must have train and val:
// where one is missing, the first part stands in.
func splits(parts []Part, folders []string) (out [][2]string) {
	of := map[string]string{}
	for i := range parts {
		of[parts[i].Name] = folders[i]
	}
	for _, key := range []string{"train", "val"} {
		out = append(out, [2]string{key, cmp.Or(of[key], folders[0])})
		delete(of, key)
	}
	for i := range parts {
		if _, left := of[parts[i].Name]; left {
			out = append(out, [2]string{parts[i].Name, folders[i]})
		}
	}
	return out
}

// yoloYAML is the text of data.yaml.
func yoloYAML(split [][2]string, names []string) []byte {
	var b strings.Builder
	for _, s := range split {
		fmt.Fprintf(&b, "%s: %s\n", s[0], s[1])
	}
	fmt.Fprintf(&b, "\nnc: %d\nnames:\n", len(names))
	for i, name := range names {
		fmt.Fprintf(&b, "  %d: %s\n", i, yamlText(name))
	}
	return []byte(b.String())
}

// plain is a text that YAML takes for nothing but a text without quotes.
var (
	plain = regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9 _.()/+-]*[A-Za-z0-9_.()/+])?$`)
	words = regexp.MustCompile(`^(?i:y|n|yes|no|on|off|true|false|null|nan|inf)$`)
)

// yamlText writes a text for YAML: as it is, or in double quotes, whose escapes are
// those of JSON.
func yamlText(text string) string {
	if plain.MatchString(text) && !words.MatchString(text) {
		return text
	}
	quoted, err := json.Marshal(text)
	if err != nil { // of a string: never
		return `""`
	}
	return string(quoted)
}
