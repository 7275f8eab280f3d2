package annotations

// Gather makes the dataset of what scan hands to its visitor: the elements of one
// file, which is called file in messages. Annotations of unknown images or
// categories are left out; those without a box have the zero box and lack
// FieldBBox. Apart from that, and from keeping the annotations, it is [NewTally]
// and [Merge]: the same checks, problems and errors.
func Gather(file string, scan func(Visitor) error) (*Dataset, error) {
	k := &collector{tally: newTally(file)}
	if err := scan(k.visitor()); err != nil {
		return nil, err
	}
	c, err := merge([]*Tally{k.tally}, Options{})
	if err != nil {
		return nil, err
	}
	d := &Dataset{Images: k.images, Categories: c.Categories, Problems: c.Problems}
	d.group(k.objects, c)
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

// collector keeps the images and annotations that a tally gets.
type collector struct {
	tally   *Tally
	images  []Image
	objects []Annotation
}

func (c *collector) visitor() Visitor {
	v := c.tally.visitor()
	v.Image, v.Annotation = c.image, c.annotation
	v.Batches = &Batches{Images: c.list, Confirm: c.confirm, Enter: c.tally.enter}
	return v
}

func (c *collector) image(im *Image) error {
	if c.tally.listOne(im) {
		c.images = append(c.images, *im)
	}
	return nil
}

func (c *collector) list(images []Image) error {
	for i := range images {
		if err := c.image(&images[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) annotation(a *Annotation) error {
	c.objects = append(c.objects, *a)
	return c.tally.annotation(a)
}

func (c *collector) confirm(list []Annotation, ids []int64) error {
	c.objects = append(c.objects, list...)
	return c.tally.confirm(list, ids)
}
