package annotations

// part is what some of a file's annotations add to its tally. Parts are added
// up in the end, and their number and extent make no difference.
type part struct {
	file        string
	pairs       pairList
	boxes       boxStats // by class row, of the annotations of listed images
	crowds      boxStats // of crowds
	pending     pendingList
	unusable    pairList // of the annotations of listed images, if trainable
	trainable   bool     // whether they are collected
	annotations int64    // elements of the list
	nameless    int64    // of these, without a readable category_id
	problems    problemList
	doubts      doubts
	twins       twinList
	refs        []target // scratch
}

func newPart(file string) *part {
	return &part{file: file, problems: problemList{}, doubts: doubts{found: problemList{}}}
}

func (p *part) problem(kind Kind, a *Annotation) {
	p.problems.add(kind, 1, Example{File: p.file, ID: a.ID, Offset: a.Offset})
}

// enter enters an annotation.
func (p *part) enter(a *Annotation, ref target) {
	p.annotations++
	p.check(a)
	if ref.image < 0 {
		return
	}
	p.pairs.add(ref.image, ref.class, a.Crowd)
	if a.BBox[2] > 0 && a.BBox[3] > 0 {
		p.twins.add(ref.image, ref.class, &a.BBox)
	}
	from := mention{a.ID, a.Offset}
	if ref.frame == notListed {
		p.pending.add(measure{box: a.BBox, area: a.sizeArea(), image: ref.image, class: ref.class, mention: from, crowd: a.Crowd})
		return
	}
	p.measure(ref.class, &a.BBox, a.sizeArea(), a.Crowd, from, ref.frame)
	p.judge(ref, &a.BBox, a.Crowd)
}

// measure counts an annotation whose image is listed.
func (p *part) measure(class int32, box *[4]float64, area float64, crowd bool, from mention, f frame) {
	to := &p.boxes
	if crowd {
		to = &p.crowds
	}
	to.add(class, area, box[2], box[3])
	if leaves(box, f) {
		p.doubts.outside(box, f, Example{File: p.file, ID: from.id, Offset: from.offset})
	}
}

// settle measures the pending annotations whose image has a frame now.
func (p *part) settle(frames []frame) {
	p.pending.remove(func(m measure) bool {
		f := frames[m.image]
		if f != notListed {
			p.measure(m.class, &m.box, m.area, m.crowd, m.mention, f)
			p.judge(target{m.image, m.class, f}, &m.box, m.crowd)
		}
		return f != notListed
	})
}

// check reports what is wrong with an annotation by itself.
func (p *part) check(a *Annotation) {
	if a.Has == allFields && a.ID != 0 && a.BBox[2] > 0 && a.BBox[3] > 0 {
		p.doubts.compare(a, p.file)
		return
	}
	if a.Has&FieldCategoryID == 0 {
		p.nameless++
	}
	if a.Has&refers != refers {
		return // it refers to nothing, and that was reported
	}
	if a.Has&FieldID != 0 && a.ID == 0 {
		p.problem(AnnotationIDZero, a)
	}
	p.checkBox(a)
}

// allFields are the fields of an annotation that lacks nothing.
const allFields = FieldID | FieldImageID | FieldCategoryID | FieldBBox | FieldArea

// checkBox reports what is wrong with a box whatever its image.
func (p *part) checkBox(a *Annotation) {
	w, h := a.BBox[2], a.BBox[3]
	switch {
	case a.Has&(FieldBBox|FieldBoxTold) == 0:
		p.problem(NoBox, a)
		return
	case a.Has&FieldBBox == 0:
		return
	case w < 0 || h < 0:
		p.problem(NegativeBox, a)
	case w == 0 || h == 0:
		p.problem(EmptyBox, a)
	default:
		p.doubts.compare(a, p.file)
	}
	if a.Has&(FieldArea|FieldAreaTold) == 0 {
		p.problem(NoArea, a)
	}
}
