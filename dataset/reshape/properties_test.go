package reshape_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"cocostat/dataset/reshape"
)

// file writes objects and images 1…images in a random order and with random
// spaces.
func file(images int64, objects []object, classes int64, random *rand.Rand) string {
	space := func() string { return []string{"", " ", "\n\t", "  "}[random.IntN(4)] }
	list := func(elements []string) string {
		random.Shuffle(len(elements), func(i, j int) { elements[i], elements[j] = elements[j], elements[i] })
		return "[" + space() + strings.Join(elements, space()+","+space()) + space() + "]"
	}
	var im, an, ca []string
	for id := range images {
		im = append(im, fmt.Sprintf(`{"id": %d, "file_name": "]},{%d\\\""}`, id+1, id))
	}
	for _, o := range objects {
		an = append(an, fmt.Sprintf(`{"id":%d,"segmentation":[[1,2.5]],"image_id":%d,"category_id":%d,"iscrowd":%d}`, o.ID, o.ImageID, o.CategoryID, o.Crowd))
	}
	for id := range classes {
		ca = append(ca, fmt.Sprintf(`{"id": %d, "name": "c%d"}`, id+1, id+1))
	}
	members := []string{`"images"` + space() + ":" + list(im), `"annotations":` + list(an), `"categories":` + list(ca), `"rest":` + space() + `{"images":[{"id":77}],"e":1e3}`}
	random.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return "{" + space() + strings.Join(members, ","+space()) + "}\n"
}

// randomObjects are annotations of images 1…images+1, of which the last is not
// listed, and classes 1…classes.
func randomObjects(images, classes int64, random *rand.Rand) []object {
	objects := make([]object, random.IntN(60))
	for i := range objects {
		crowd := 0
		if random.IntN(8) == 0 {
			crowd = 1
		}
		objects[i] = object{int64(i) + 1, 1 + random.Int64N(images+1), 1 + random.Int64N(classes), crowd}
	}
	return objects
}

// Random files against what encoding/json reads of the result: the counts are
// the ones asked for, or all there are; nothing refers to what is not there;
// all is taken from the source; and neither the order of the file nor another
// run changes what stays.
func TestSubsetProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		images, classes := 1+random.Int64N(12), 1+random.Int64N(5)
		objects := randomObjects(images, classes, random)
		text := file(images, objects, classes, random)
		opt := reshape.Options{NoCrowd: random.IntN(2) == 0}
		s := read(t, write(t, text), opt)
		c := reshape.Choice{Thin: []string{reshape.ByImages, reshape.ByAnnotations}[random.IntN(2)], Seed: random.Uint64(),
			KeepEmptied: random.IntN(3) == 0, DropEmpty: random.IntN(3) == 0, Asked: make([]int64, classes)}
		for i := range c.Asked {
			c.Asked[i] = random.Int64N(16)
		}
		sel, out := thin(t, s, c)
		before, after := parse(t, text), parse(t, out)
		checkCounts(t, before, after, c, sel, opt)
		checkImages(t, before, after, c, sel, opt)
		if !bytes.Equal(before.Rest, after.Rest) || len(after.Categories) != int(classes) {
			t.Fatalf("the rest of the file is\n%s\nit was\n%s", out, text)
		}
		if _, again := thin(t, s, c); again != out {
			t.Fatal("the same seed gave another file")
		}
		_, other := thin(t, read(t, write(t, file(images, objects, classes, random)), opt), c)
		if got := ids(parse(t, other).Annotations); !slices.Equal(got, ids(after.Annotations)) {
			t.Fatalf("in another order of the file %v stay, not %v", got, ids(after.Annotations))
		}
	}
}

func checkCounts(t *testing.T, before, after dataset, c reshape.Choice, sel *reshape.Selection, opt reshape.Options) {
	t.Helper()
	listed := map[int64]bool{}
	for _, im := range before.Images {
		listed[im.ID] = true
	}
	counts := func(d dataset) (instances []int64, perImage []map[int64]int) {
		instances, perImage = make([]int64, len(c.Asked)), make([]map[int64]int, len(c.Asked))
		for _, o := range d.Annotations {
			if !listed[o.ImageID] || opt.NoCrowd && o.Crowd == 1 {
				continue
			}
			k := o.CategoryID - 1
			instances[k]++
			if perImage[k] == nil {
				perImage[k] = map[int64]int{}
			}
			perImage[k][o.ImageID]++
		}
		return instances, perImage
	}
	had, hadPerImage := counts(before)
	has, perImage := counts(after)
	for k, asked := range c.Asked {
		if has[k] != min(asked, had[k]) || has[k] != sel.Reached[k] || sel.Images[k] != int64(len(perImage[k])) {
			t.Fatalf("class %d: %d annotations in %d images (reported %d in %d), want %d of %d",
				k+1, has[k], len(perImage[k]), sel.Reached[k], sel.Images[k], asked, had[k])
		}
		parts := 0
		for image, n := range perImage[k] {
			if n != hadPerImage[k][image] {
				parts++
			}
		}
		if c.Thin == reshape.ByImages && parts > 1 {
			t.Fatalf("class %d: %d images keep a part of their annotations", k+1, parts)
		}
	}
	if sel.KeptAnnotations != int64(len(after.Annotations)) {
		t.Fatalf("%d annotations in the file, %d reported", len(after.Annotations), sel.KeptAnnotations)
	}
}

func checkImages(t *testing.T, before, after dataset, c reshape.Choice, sel *reshape.Selection, opt reshape.Options) {
	t.Helper()
	objects := func(d dataset) map[int64]int {
		n := map[int64]int{}
		for _, o := range d.Annotations {
			if !opt.NoCrowd || o.Crowd == 0 {
				n[o.ImageID]++
			}
		}
		return n
	}
	had, has, there := objects(before), objects(after), map[int64]bool{}
	for _, im := range after.Images {
		there[im.ID] = true
	}
	for _, o := range after.Annotations {
		if !there[o.ImageID] {
			t.Fatalf("annotation %d refers to image %d, which is not there", o.ID, o.ImageID)
		}
	}
	empty := int64(0)
	for _, im := range before.Images {
		want := has[im.ID] > 0 || had[im.ID] > 0 && c.KeepEmptied || had[im.ID] == 0 && !c.DropEmpty
		if there[im.ID] != want {
			t.Fatalf("image %d with %d of %d annotations: there %v, with %+v", im.ID, has[im.ID], had[im.ID], there[im.ID], c)
		}
		if want && has[im.ID] == 0 {
			empty++
		}
	}
	if int64(len(after.Images)) != sel.KeptImages || sel.EmptyImages != empty {
		t.Fatalf("%d images, %d empty; reported %d and %d", len(after.Images), empty, sel.KeptImages, sel.EmptyImages)
	}
}

// A smaller number is a part of a larger one where annotations are chosen, and
// what is asked of one class changes nothing about another.
func TestSmallerIsPartOfLarger(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	s := read(t, write(t, file(9, randomObjects(9, 3, random), 3, random)), reshape.Options{})
	var last []object
	for n := range s.Instances[0] + 1 {
		_, out := thin(t, s, reshape.Choice{Asked: []int64{n, 4, n % 3}, Thin: reshape.ByAnnotations, Seed: 11})
		var first, second []object
		for _, o := range parse(t, out).Annotations {
			switch o.CategoryID {
			case 1:
				first = append(first, o)
			case 2:
				second = append(second, o)
			}
		}
		for _, o := range last {
			if !slices.Contains(first, o) {
				t.Errorf("with %d, annotation %d is gone, which stayed with %d", n, o.ID, n-1)
			}
		}
		if last = first; len(second) != 4 {
			t.Errorf("class 2 has %d annotations", len(second))
		}
	}
}
