package write_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/annotations"
	"cocostat/annotations/coco"
	"cocostat/annotations/visittest"
	"cocostat/annotations/voc"
	"cocostat/annotations/yolo"
	"cocostat/dataset/write"
)

const all = annotations.FieldID | annotations.FieldImageID | annotations.FieldCategoryID | annotations.FieldBBox | annotations.FieldArea | annotations.FieldName

// text is a part that is the JSON of a text.
func text(name, json string) write.Part {
	return write.Part{Name: name, Scan: func(ctx context.Context, v annotations.Visitor) error {
		return coco.Scan(ctx, strings.NewReader(json), name, v)
	}}
}

// files are what is in a folder, by path.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func folder(t *testing.T, opt write.Options, parts ...write.Part) (map[string]string, *write.Losses) {
	t.Helper()
	dir := t.TempDir()
	lost, err := write.Folder(t.Context(), dir, parts, opt)
	if err != nil {
		t.Fatal(err)
	}
	return files(t, dir), lost
}

func check(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s holds\n%s\nwant\n%s", name, got[name], text)
		}
	}
	for name := range got {
		if _, is := want[name]; !is {
			t.Errorf("%s is written", name)
		}
	}
}

// sound has two images, a crowd, a box that leaves its image, one outside of it, and
// an annotation without a box.
const sound = `{"images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 50}, {"id": 5, "file_name": "b/a.png", "width": 10, "height": 10}],
"annotations": [
 {"id": 1, "image_id": 1, "category_id": 9, "bbox": [10, 5, 20, 10], "area": 150},
 {"id": 2, "image_id": 1, "category_id": 3, "bbox": [90, 40, 20, 20]},
 {"id": 3, "image_id": 1, "category_id": 3, "bbox": [0, 0, 100, 50], "iscrowd": 1},
 {"id": 4, "image_id": 5, "category_id": 3, "bbox": [20, 20, 5, 5]},
 {"id": 5, "image_id": 5, "category_id": 3}],
"categories": [{"id": 9, "name": "cat"}, {"id": 3, "name": "dog: \"1\""}, {"id": 4}]}`

// By hand: (10 + 30)/2/100 = 0.2, (5 + 15)/2/50 = 0.2, 20/100 and 10/50; the second box
// is cut to 10 × 10 in the corner. Classes are in the order of their ids.
func TestYOLO(t *testing.T) {
	got, lost := folder(t, write.Options{Format: write.YOLO, Images: write.None}, text("val", sound))
	check(t, got, map[string]string{
		"data.yaml":          "train: images/val\nval: images/val\n\nnc: 3\nnames:\n  0: \"dog: \\\"1\\\"\"\n  1: class 4\n  2: cat\n",
		"labels/val/a.txt":   "2 0.2 0.2 0.2 0.2\n0 0.95 0.9 0.1 0.2\n",
		"labels/val/b/a.txt": "",
	})
	if fmt.Sprint(*lost) != fmt.Sprint(write.Losses{Crowds: 1, NoBox: 1, NoArea: 1, Cut: 1}) {
		t.Errorf("lost %+v", *lost)
	}
}

// Roboflow's heading, which its own YOLO export lacks, is no class, unless an
// annotation is of it.
func TestHeadings(t *testing.T) {
	const json = `{"images": [{"id": 1, "file_name": "a.jpg", "width": 10, "height": 10}], "annotations": [{"id": 1, "image_id": 1, "category_id": %d, "bbox": [0, 0, 5, 5]}],
"categories": [{"id": 0, "name": "all", "supercategory": "none"}, {"id": 1, "name": "cat", "supercategory": "all"}]}`
	for id, want := range []string{"names:\n  0: all\n  1: cat\n", "names:\n  0: cat\n"} {
		got, lost := folder(t, write.Options{Format: write.YOLO, Images: write.None}, text("train", fmt.Sprintf(json, id)))
		if !strings.HasSuffix(got["data.yaml"], want) || got["labels/train/a.txt"] != "0 0.25 0.25 0.5 0.5\n" || len(lost.Headings) != id {
			t.Errorf("%s %+v", got, lost)
		}
	}
}

func TestVOC(t *testing.T) {
	got, lost := folder(t, write.Options{Format: write.VOC, Images: write.None}, text("train", sound))
	object := func(name string, difficult int, box [4]int) string {
		return fmt.Sprintf(`	<object>
		<name>%s</name>
		<pose>Unspecified</pose>
		<truncated>0</truncated>
		<difficult>%d</difficult>
		<bndbox>
			<xmin>%d</xmin>
			<ymin>%d</ymin>
			<xmax>%d</xmax>
			<ymax>%d</ymax>
		</bndbox>
	</object>
`, name, difficult, box[0], box[1], box[2], box[3])
	}
	head := func(file string, width, height int) string {
		return fmt.Sprintf("<annotation>\n\t<folder>JPEGImages</folder>\n\t<filename>%s</filename>\n\t<size>\n\t\t<width>%d</width>\n\t\t<height>%d</height>\n\t\t<depth>3</depth>\n\t</size>\n\t<segmented>0</segmented>\n", file, width, height)
	}
	const dog = `dog: &#34;1&#34;`
	check(t, got, map[string]string{
		"Annotations/a.xml": head("a.jpg", 100, 50) + object("cat", 0, [4]int{10, 5, 30, 15}) + object(dog, 0, [4]int{90, 40, 110, 60}) +
			object(dog, 1, [4]int{0, 0, 100, 50}) + "</annotation>\n",
		"Annotations/b/a.xml":      head("b/a.png", 10, 10) + object(dog, 0, [4]int{20, 20, 25, 25}) + "</annotation>\n",
		"ImageSets/Main/train.txt": "a\nb/a\n", // and no labelmap.txt, which has no colon in a name
	})
	if fmt.Sprint(*lost) != fmt.Sprint(write.Losses{NoBox: 1}) {
		t.Errorf("lost %+v", *lost)
	}
}

// The lists may come in any order; what encoding/json reads is what was visited.
func TestCOCOFile(t *testing.T) {
	image := annotations.Image{ID: 7, FileName: "ä\"\n.jpg", Width: 3, Height: 4, Has: all, NegativeCategories: []int64{}}
	object := annotations.Annotation{ID: 1 << 60, ImageID: 7, CategoryID: -2, BBox: [4]float64{0.1, 1e-9, 1.0 / 3, 2e10}, Area: 5.5, Crowd: true, Has: all}
	class := annotations.Category{ID: -2, Name: "<&>", Supercategory: "s", Frequency: "r", Has: all}
	const want = `{"annotations":[{"area":5.5,"bbox":[0.1,0,0.333333,20000000000],"category_id":-2,"id":1152921504606846976,"image_id":7,"iscrowd":1}],` +
		`"categories":[{"frequency":"r","id":-2,"name":"\u003c\u0026\u003e","supercategory":"s"}],` +
		`"images":[{"file_name":"ä\"\n.jpg","height":4,"id":7,"neg_category_ids":[],"width":3}]}`
	for _, order := range []string{"iac", "cai", "aic", "ciac"} {
		var out bytes.Buffer
		err := write.COCOFile(t.Context(), &out, func(_ context.Context, v annotations.Visitor) error {
			for _, list := range order {
				var err error
				switch list {
				case 'i':
					err = v.Image(&image)
				case 'a':
					err = v.Annotation(&object)
				case 'c':
					err = v.Category(&class)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(bytes.NewReader(out.Bytes()))
		d.UseNumber()
		var parsed any
		if err := d.Decode(&parsed); err != nil {
			t.Fatalf("%v in %s", err, out.String())
		}
		if got, _ := json.Marshal(parsed); string(got) != want {
			t.Errorf("%s: %s\nwant %s", order, got, want)
		}
	}
	var out bytes.Buffer
	if err := write.COCOFile(t.Context(), &out, func(context.Context, annotations.Visitor) error { return nil }); err != nil || !json.Valid(out.Bytes()) {
		t.Errorf("of nothing: %s, %v", out.String(), err)
	}
}

// Names that lead elsewhere are refused in every format, before anything is there.
func TestNamesThatLeave(t *testing.T) {
	for _, name := range []string{"../a.jpg", "/etc/a.jpg", `..\a.jpg`, "a/../../b.jpg", `C:\a.jpg`, "a\x00.jpg", "a\nb.jpg", "."} {
		quoted, _ := json.Marshal(name)
		for _, format := range write.Formats {
			p := text("train", fmt.Sprintf(`{"images": [{"id": 1, "file_name": %s, "width": 1, "height": 1}], "annotations": [], "categories": [{"id": 1, "name": "a"}]}`, quoted))
			outer := t.TempDir()
			dir := filepath.Join(outer, "in", "out")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			_, err := write.Folder(t.Context(), dir, []write.Part{p}, write.Options{Format: format, Images: write.Link})
			if err == nil || !strings.Contains(err.Error(), "image") {
				t.Errorf("%s: %q is taken (%v)", format, name, err)
			}
			for file := range files(t, outer) {
				if !strings.HasPrefix(file, "in/out/") {
					t.Errorf("%s: %q wrote %s", format, name, file)
				}
			}
			var leaves *write.LeavesError
			_, err = write.Folder(t.Context(), dir, []write.Part{p}, write.Options{Format: format, Images: write.None, Flat: true})
			if errors.As(err, &leaves) != (name == ".") {
				t.Errorf("%s: %q with Flat: %v", format, name, err)
			}
		}
	}
}

// Names that clash once the extension or the folder is gone are kept apart.
func TestNamesThatClash(t *testing.T) {
	const json = `{"images": [{"id": 1, "file_name": "a.jpg", "width": 1, "height": 1}, {"id": 2, "file_name": "a.png", "width": 1, "height": 1},
 {"id": 3, "file_name": "x/a.jpg", "width": 1, "height": 1}, {"id": 4, "file_name": "a-2.jpg", "width": 1, "height": 1}],
"annotations": [], "categories": [{"id": 1, "name": "a"}]}`
	labels := func(opt write.Options) (names []string) {
		opt.Images = write.None
		got, _ := folder(t, opt, text("train", json))
		for name := range got {
			if dir, base := filepath.Split(name); strings.HasPrefix(dir, "labels/") || strings.HasPrefix(dir, "Annotations") {
				names = append(names, strings.TrimPrefix(strings.TrimPrefix(dir, "labels/train/"), "Annotations/")+base)
			}
		}
		slices.Sort(names)
		return names
	}
	for _, c := range []struct {
		opt  write.Options
		want string
	}{
		{write.Options{Format: write.YOLO}, "[a-2-2.txt a-2.txt a.txt x/a.txt]"},
		{write.Options{Format: write.YOLO, Flat: true}, "[a-2-2.txt a-2.txt a-3.txt a.txt]"},
		{write.Options{Format: write.VOC}, "[a-2-2.xml a-2.xml a.xml x/a.xml]"},
	} {
		if got := fmt.Sprint(labels(c.opt)); got != c.want {
			t.Errorf("%+v: %s, want %s", c.opt, got, c.want)
		}
	}
}

// Images are linked or copied under the names of their labels; those that are not
// there are counted.
func TestImages(t *testing.T) {
	from := t.TempDir()
	for _, name := range []string{"a.jpg", "b/a.png"} {
		path := filepath.Join(from, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(name), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a.jpg", filepath.Join(from, "link.jpg")); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	const list = `{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b/a.png"}, {"id": 3, "file_name": "c.jpg"}, {"id": 4, "file_name": "link.jpg"}],
"annotations": [], "categories": [{"id": 1, "name": "a"}]}`
	for _, c := range []struct {
		format write.Format
		folder string
	}{{write.COCO, "images/train/"}, {write.YOLO, "images/train/"}, {write.VOC, "JPEGImages/"}} {
		for _, mode := range write.Modes {
			p := text("train", list)
			p.Images = from
			got, lost := folder(t, write.Options{Format: c.format, Images: mode}, p)
			want := write.Losses{}
			if mode != write.None {
				want = write.Losses{Missing: 1, FirstMissing: "c.jpg", Placed: 3}
			}
			for name, content := range map[string]string{"a.jpg": "a.jpg", "b/a.png": "b/a.png", "link.jpg": "a.jpg"} {
				if there, is := got[c.folder+name]; is != (mode != write.None) || is && there != content {
					t.Errorf("%s, %s: %s holds %q (%v)", c.format, mode, name, there, is)
				}
			}
			if fmt.Sprint(*lost) != fmt.Sprint(want) {
				t.Errorf("%s, %s: %+v, want %+v", c.format, mode, *lost, want)
			}
		}
	}
}

// Random sets, written and read again by the readers of the house: boxes within
// their images and names that need quoting come back.
func TestReadAgain(t *testing.T) {
	names := []string{"yes", "1", "a: b", "#x", `"q"`, "'s'", "日本 🚀", "- dash", "tab\tbed", "back\\slash", "[l]", "{m}", "null", "%d", "&a", "*b", "<t>", "e\u0301", "~"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		v := &visittest.Visits{}
		for i, name := range names {
			v.Categories = append(v.Categories, annotations.Category{ID: int64(3 * i), Name: name, Has: all})
		}
		for i := range 8 {
			w, h := 1+random.IntN(4000), 1+random.IntN(4000)
			v.Images = append(v.Images, annotations.Image{ID: int64(i), FileName: fmt.Sprintf("im %d.png", i), Width: w, Height: h, Has: all})
			for range random.IntN(5) {
				x, y := random.Float64()*float64(w)*0.9, random.Float64()*float64(h)*0.9
				v.Annotations = append(v.Annotations, annotations.Annotation{ID: int64(len(v.Annotations)), ImageID: int64(i), CategoryID: 3 * random.Int64N(int64(len(names))),
					BBox: [4]float64{x, y, (float64(w) - x) * (0.1 + 0.9*random.Float64()), (float64(h) - y) * (0.1 + 0.9*random.Float64())}, Has: all})
			}
		}
		p := write.Part{Name: "train", Scan: func(_ context.Context, to annotations.Visitor) error { return replay(v, to) }}
		p.Images = pictures(t, v.Images)
		for format, open := range map[write.Format]func(context.Context, string, string, annotations.Options) (annotations.Folder, error){write.YOLO: yolo.Open, write.VOC: voc.Open} {
			dir := t.TempDir()
			if _, err := write.Folder(t.Context(), dir, []write.Part{p}, write.Options{Format: format, Images: write.Link}); err != nil {
				t.Fatal(err)
			}
			f, err := open(t.Context(), dir, "train", annotations.Options{})
			if err != nil {
				t.Fatal(err)
			}
			again, err := visittest.Record(func(v annotations.Visitor) error { return f.Scan(t.Context(), v) })
			if err != nil {
				t.Fatal(err)
			}
			want := map[string][]visittest.Object{}
			for name, objects := range v.Objects() {
				if format == write.VOC {
					name = strings.ReplaceAll(name, " ", "_")
				}
				want[name] = objects
			}
			if differ := visittest.Same(again.Objects(), want, 1e-3); differ != "" {
				t.Errorf("%s: %s", format, differ)
			}
			var classes []string
			for _, k := range again.Categories {
				classes = append(classes, k.Name)
			}
			if format == write.YOLO && !slices.Equal(classes, names) {
				t.Errorf("classes %q, want %q", classes, names)
			}
		}
	}
}

// pictures makes files that begin as PNG images of these sizes do.
func pictures(t *testing.T, images []annotations.Image) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, im := range images {
		head := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR")
		head = binary.BigEndian.AppendUint32(head, uint32(im.Width))
		head = binary.BigEndian.AppendUint32(head, uint32(im.Height))
		head = append(head, 8, 2, 0, 0, 0)
		head = binary.BigEndian.AppendUint32(head, crc32.ChecksumIEEE(head[12:]))
		if err := os.WriteFile(filepath.Join(dir, im.FileName), head, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// replay visits what was kept.
func replay(v *visittest.Visits, to annotations.Visitor) error {
	for i := range v.Categories {
		if err := to.Category(&v.Categories[i]); err != nil {
			return err
		}
	}
	for i := range v.Images {
		if err := to.Image(&v.Images[i]); err != nil {
			return err
		}
	}
	for i := range v.Annotations {
		if err := to.Annotation(&v.Annotations[i]); err != nil {
			return err
		}
	}
	return nil
}

// labelmap.txt keeps the order of the classes, and one without objects.
func TestVOCClasses(t *testing.T) {
	dir := t.TempDir()
	p := text("train", `{"images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}],
"annotations": [{"id": 1, "image_id": 1, "category_id": 2, "bbox": [1, 1, 2, 2]}], "categories": [{"id": 1, "name": "z # 1"}, {"id": 2, "name": "a"}]}`)
	if _, err := write.Folder(t.Context(), dir, []write.Part{p}, write.Options{Format: write.VOC, Images: write.None}); err != nil {
		t.Fatal(err)
	}
	f, err := voc.Open(t.Context(), dir, "", annotations.Options{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := visittest.Record(func(v annotations.Visitor) error { return f.Scan(t.Context(), v) })
	if err != nil || len(again.Categories) != 2 || again.Categories[0].Name != "z # 1" || again.Annotations[0].CategoryID != 2 {
		t.Errorf("%+v, %v", again, err)
	}
}

// A context that ends in the middle ends the work.
func TestInterrupted(t *testing.T) {
	for _, format := range write.Formats {
		ctx, cancel := context.WithCancel(t.Context())
		p := text("train", sound)
		p.Images = t.TempDir()
		_, err := write.Folder(ctx, t.TempDir(), []write.Part{p}, write.Options{Format: format, Images: write.Link,
			Progress: func(_ string, done, total int) {
				if cancel(); done == total {
					t.Errorf("%s: went on to the end", format)
				}
			}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", format, err)
		}
	}
}

func TestPartNames(t *testing.T) {
	for name, good := range map[string]bool{"train": true, "val2017": true, "a.b-c_1": true, "": false, "../x": false, "a/b": false, ".": false, ".x": false, "a b": false, "ä": false} {
		if err := write.CheckPart(name); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
}
