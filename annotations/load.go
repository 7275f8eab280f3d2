package annotations

import "context"

// Load reads one file for training and evaluation. Annotations of unknown
// images or categories are left out; those without a box have the zero box and
// lack FieldBBox. Apart from that, and from keeping the annotations, it is
// Count: the same inputs, checks, problems and errors.
func Load(ctx context.Context, path string) (*Dataset, error) {
	in, err := openInput(ctx, path, Options{})
	if err != nil {
		return nil, err
	}
	defer in.Close()
	t := newTally(in.path)
	d := &Dataset{Path: path}
	var objects []Annotation
	visit := t.visitor()
	visit.Image = func(im *Image) error {
		if im.Has&FieldID != 0 && t.list(im) {
			d.Images = append(d.Images, *im)
		}
		return nil
	}
	visit.Annotation = func(a *Annotation) error {
		objects = append(objects, *a)
		return t.annotation(a)
	}
	visit.batches = &collector{t, &objects}
	if err := Scan(ctx, in.text, in.path, visit); err != nil {
		return nil, err
	}
	c, err := merge([]*tally{t}, false)
	if err != nil {
		return nil, err
	}
	d.Categories, d.Problems = c.Categories, c.Problems
	d.group(objects, c)
	return d, nil
}

// group fills Objects with the annotations whose image and category are known.
func (d *Dataset) group(objects []Annotation, c *Counts) {
	var rows rowTable
	for i := range d.Images {
		rows.row(d.Images[i].ID)
	}
	image := make([]int32, len(objects)) // of each annotation, -1: none
	count := make([]int, len(d.Images))
	for i := range objects {
		a := &objects[i]
		image[i] = -1
		if a.Has&refers != refers || c.classIndex(a.CategoryID) < 0 {
			continue
		}
		if row, unknown := rows.row(a.ImageID); !unknown && int(row) < len(d.Images) {
			image[i] = row
			count[row]++
		}
	}
	d.Objects = make([][]Annotation, len(d.Images))
	for i, n := range count {
		d.Objects[i] = make([]Annotation, 0, n)
	}
	for i, row := range image {
		if row >= 0 {
			d.Objects[row] = append(d.Objects[row], objects[i])
		}
	}
}

// collector keeps the annotations that a tally gets.
type collector struct {
	*tally
	objects *[]Annotation
}

func (c *collector) confirm(list []Annotation, ids []int64) error {
	*c.objects = append(*c.objects, list...)
	return c.tally.confirm(list, ids)
}
