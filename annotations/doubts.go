package annotations

// Boxes and areas that can be read may still mean something else than they
// should. What a single annotation cannot tell, all of a file's can: doubts are
// the counts by which that is decided when the file has been read.
type doubts struct {
	boxes  int64 // with width and height above 0
	found  problemList
	inside int64 // of the boxes outside their image: inside it if read as corners
	far    int64 // of the boxes outside their image: outside by a tenth of its size

	areas    int64   // of annotations that have a box too
	first    mention // of them
	area     float64 // of the first
	box      float64 // width·height of the first
	areaVary bool    // not all areas are that of the first
	boxVary  bool    // nor width·height; not looked at once areas vary
}

// areaTooSmall collects, beside AreaContradiction, areas that are too small for
// their box.
const areaTooSmall Kind = "area-too-small"

// farFactor times the width or height of an image is where a box ends that
// leaves it by far.
const farFactor = 1.1

// outside notes a box that leaves its image. Corners x1, y1, x2, y2 that are
// taken for x, y, width, height leave the image wherever the centre is in its
// right or lower half; read as corners they lie in it.
func (d *doubts) outside(box *[4]float64, f frame, e Example) {
	d.found.add(OutsideImage, 1, e)
	x, y, w, h := box[0], box[1], box[2], box[3]
	if x >= -Overhang && y >= -Overhang && w > x && h > y && !leaves(&[4]float64{x, y, w - x, h - y}, f) {
		d.inside++
	}
	if f.width > 0 && x+w > farFactor*float64(f.width) || f.height > 0 && y+h > farFactor*float64(f.height) {
		d.far++
	}
}

// compare takes an annotation whose box has an area. Of nearly all there is
// nothing more to say than that.
func (d *doubts) compare(a *Annotation, file string) {
	w, h := a.BBox[2], a.BBox[3]
	d.boxes++
	if a.Has&FieldArea != 0 {
		d.areas++
	}
	if w <= 1 || !d.areaVary || a.Area > largestArea*(w+1)*(h+1) || 2*a.Area < w || 2*a.Area < h {
		d.consider(a, file)
	}
}

// consider looks at what is odd in an annotation.
func (d *doubts) consider(a *Annotation, file string) {
	x, y, w, h := a.BBox[0], a.BBox[1], a.BBox[2], a.BBox[3]
	if x <= 1 && y <= 1 && w <= 1 && h <= 1 && x >= 0 && y >= 0 {
		d.found.add(NormalisedBox, 1, Example{File: file, ID: a.ID, Offset: a.Offset})
	}
	if a.Has&FieldArea == 0 {
		return
	}
	if d.areas == 1 {
		d.first, d.area, d.box = mention{a.ID, a.Offset}, a.Area, w*h
	}
	d.areaVary = d.areaVary || a.Area != d.area
	d.boxVary = d.boxVary || w*h != d.box
	// What lies in the box cannot be larger, and what reaches from one end of it
	// to the other is at least a pixel wide, or nearly. Areas may count the
	// pixels of both ends.
	switch {
	case a.Area > largestArea*(w+1)*(h+1):
		d.found.add(AreaContradiction, 1, Example{File: file, ID: a.ID, Offset: a.Offset})
	case 2*a.Area < w || 2*a.Area < h:
		d.found.add(areaTooSmall, 1, Example{File: file, ID: a.ID, Offset: a.Offset})
	}
}

// largestArea is up to how many times that of its box an area may be: boxes are
// cut at the edge of the image, or rounded, more often than areas are.
const largestArea = 1.5

// merge adds the doubts about other annotations of the same file.
func (d *doubts) merge(o *doubts) {
	d.boxes += o.boxes
	d.found.merge(o.found)
	d.inside += o.inside
	d.far += o.far
	if o.areas == 0 {
		return
	}
	if d.areas == 0 {
		d.first, d.area, d.box = o.first, o.area, o.box
	}
	d.areas += o.areas
	d.areaVary = d.areaVary || o.areaVary || d.area != o.area
	d.boxVary = d.boxVary || o.boxVary || d.box != o.box
	if o.first.offset < d.first.offset {
		d.first = o.first
	}
}

// judge adds the problems that the doubts amount to. What one cause explains is
// reported once.
func (d *doubts) judge(to problemList, file string) {
	outside, unit := d.found[OutsideImage], d.found[NormalisedBox]
	switch {
	case unit != nil && 2*unit.Count > d.boxes:
		to.take(NormalisedBox, unit)
		to.take(OutsideImage, outside)
		return
	case outside != nil && d.areCorners(outside.Count):
		to.take(CornerBox, outside)
		return
	}
	to.take(OutsideImage, outside)
	d.judgeAreas(to, file)
}

// Boxes are taken for corners if at least one in leastOutside of them leaves
// its image, at least twoOutside do, half of these by far, and no more than one
// in mostOdd of them fits into the image no better if read as corners.
const (
	leastOutside = 10
	twoOutside   = 2
	mostOdd      = 100
)

func (d *doubts) areCorners(outside int64) bool {
	return outside >= twoOutside && leastOutside*outside >= d.boxes && 2*d.far >= outside && mostOdd*(outside-d.inside) <= outside
}

// fewAreas is up to how many areas may be equal by chance while boxes differ.
const fewAreas = 2

// judgeAreas reports areas that are too large for their box; all that are too
// small, if at least half of the file's are; and all, if they are the same for
// different boxes.
func (d *doubts) judgeAreas(to problemList, file string) {
	if d.areas > fewAreas && !d.areaVary && d.boxVary {
		to.add(AreaContradiction, d.areas, Example{File: file, ID: d.first.id, Offset: d.first.offset})
		return
	}
	to.take(AreaContradiction, d.found[AreaContradiction])
	if small := d.found[areaTooSmall]; small != nil && 2*small.Count >= d.areas {
		to.take(AreaContradiction, small)
	}
}
