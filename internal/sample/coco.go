package sample

// cocoFile is an annotation file of the object detection task, as
// https://cocodataset.org/#format-data describes it.
type cocoFile struct {
	Info        cocoInfo         `json:"info"`
	Licenses    []cocoLicense    `json:"licenses"`
	Images      []cocoImage      `json:"images"`
	Annotations []cocoAnnotation `json:"annotations"`
	Categories  []cocoCategory   `json:"categories"`
}

type cocoInfo struct {
	Description string  `json:"description"`
	Version     string  `json:"version"`
	Contributor string  `json:"contributor"`
	Split       string  `json:"split"`
	Options     Options `json:"options"`
}

type cocoLicense struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
	URL  string `json:"url"`
}

type cocoImage struct {
	ID       int    `json:"id"`
	License  int    `json:"license"`
	FileName string `json:"file_name"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
}

type cocoAnnotation struct {
	ID           int         `json:"id"`
	ImageID      int         `json:"image_id"`
	CategoryID   int         `json:"category_id"`
	BBox         [4]float64  `json:"bbox"`
	Area         float64     `json:"area"`
	Segmentation [][]float64 `json:"segmentation"`
	Crowd        int         `json:"iscrowd"`
}

type cocoCategory struct {
	ID            int    `json:"id"`
	Name          string `json:"name"`
	Supercategory string `json:"supercategory"`
}

// newCOCO returns the file of a split without images.
func newCOCO(o Options, s split) *cocoFile {
	f := &cocoFile{
		Info: cocoInfo{
			Description: "Synthetic long-tailed detection set of toy shapes",
			Version:     version,
			Contributor: "cocostat sample",
			Split:       s.String(),
			Options:     o,
		},
		Licenses:    []cocoLicense{{1, "CC0 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"}},
		Images:      []cocoImage{},
		Annotations: []cocoAnnotation{},
	}
	for i, name := range ClassNames(o.Classes) {
		f.Categories = append(f.Categories, cocoCategory{i + 1, name, "shape"})
	}
	return f
}

// add appends an image and the annotations of its objects, which have no
// annotation or image id yet.
func (f *cocoFile) add(name string, side int, objects []cocoAnnotation) {
	id := len(f.Images) + 1
	f.Images = append(f.Images, cocoImage{id, 1, name, side, side})
	for _, a := range objects {
		a.ID, a.ImageID = len(f.Annotations)+1, id
		f.Annotations = append(f.Annotations, a)
	}
}

// annotate returns what the annotation file says of the scene's objects.
func (s *scene) annotate() []cocoAnnotation {
	list := make([]cocoAnnotation, len(s.objects))
	for i := range s.objects {
		o := &s.objects[i]
		list[i] = cocoAnnotation{
			CategoryID:   o.class + 1,
			BBox:         o.bbox(s.side),
			Area:         float64(o.visible),
			Segmentation: o.polygons(s.side),
		}
	}
	return list
}

// bbox is the tight box, x y w h, of the part of the object inside the image,
// hidden or not. Clipping can leave edges of no area along the image border,
// so the pixels of the mask bound it too.
func (o *object) bbox(side int) [4]float64 {
	b := emptyBox()
	for _, p := range o.parts {
		b.add(clip(p.outer, float64(side)))
	}
	b = b.intersect(o.mask.extent(side))
	x, y := eighth(b.x0), eighth(b.y0)
	return [4]float64{x, y, eighth(b.x1) - x, eighth(b.y1) - y}
}

// polygons returns the outline of the object inside the image, hidden or not,
// as x, y pairs, to a tenth of a pixel.
func (o *object) polygons(side int) [][]float64 {
	const tolerance = 0.1
	var list [][]float64
	for _, p := range o.parts {
		slim := part{outer: simplify(p.outer, tolerance)}
		for _, h := range p.holes {
			slim.holes = append(slim.holes, simplify(h, tolerance))
		}
		var flat []float64
		for _, q := range clip(seam(slim), float64(side)) {
			x, y := eighth(q.x), eighth(q.y)
			if n := len(flat); n == 0 || flat[n-2] != x || flat[n-1] != y {
				flat = append(flat, x, y)
			}
		}
		if len(flat) >= 6 {
			list = append(list, flat)
		}
	}
	return list
}
