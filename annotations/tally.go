package annotations

import (
	"fmt"
	"slices"
	"sync"
)

// Tally is what one file says, in tables by row: a row per image and category
// id that occurs, listed or only referred to. Annotations are entered into
// several parts at the same time; the tables that they share are locked.
type Tally struct {
	// Source describes the file, for the counts that are made of it.
	Source Source

	file      string
	files     []string // what Offsets count in, if they are of Line
	ids       idSet
	problems  problemList
	texts     map[int64]string // what identifiers stand for, of up to maxTexts
	twins     []twinImage
	trainable bool // see Options

	mu        sync.RWMutex // of what follows
	imageRows rowTable
	images    tallyImages
	frames    []frame // of the images
	classRows rowTable
	classes   []tallyClass
	parts     []*part
}

func newTally(file string) *Tally { return &Tally{file: file, problems: problemList{}} }

// NewTally makes the tally of what scan hands to its visitor: the elements of one
// file, which is called file in messages. Of the options, Trainable, ForTables and
// Rows matter. The error is that of scan.
func NewTally(file string, opt Options, scan func(Visitor) error) (*Tally, error) {
	t := newTally(file)
	t.trainable = opt.Trainable || opt.ForTables
	v := t.visitor()
	if opt.Rows != nil {
		opt.Rows.Begin()
		v.tee(opt.Rows)
	}
	if err := scan(v); err != nil {
		return nil, err
	}
	t.settle()
	return t, nil
}

type tallyImage struct {
	id    int64
	name  string
	first mention // the element, or else the first annotation that refers to it
}

// tallyImages holds the images by row, in blocks: so it grows without being
// copied, but for the first block.
type tallyImages struct{ blocks [][]tallyImage }

const imageBlock = 1024

func (l *tallyImages) add(im tallyImage) {
	last := len(l.blocks) - 1
	switch {
	case last < 0:
		l.blocks = [][]tallyImage{nil}
		last++
	case len(l.blocks[last]) == imageBlock:
		l.blocks = append(l.blocks, make([]tallyImage, 0, imageBlock))
		last++
	}
	l.blocks[last] = append(l.blocks[last], im)
}

func (l *tallyImages) at(row int32) *tallyImage {
	return &l.blocks[row/imageBlock][row%imageBlock]
}

// frame is the size of an image in pixels, 0 where it is absent, or notListed.
// It stands apart because every annotation looks at it.
type frame struct{ width, height int32 }

var notListed = frame{-1, -1}

type tallyClass struct {
	Category
	listed bool
	first  mention // the first annotation that refers to it, while it is not listed
}

// mention is a place that something is known from.
type mention struct{ id, offset int64 }

func (t *Tally) visitor() Visitor {
	return Visitor{Image: t.image, Annotation: t.annotation, Category: t.category, Problem: t.problem, Text: t.text,
		Files:   func(paths []string) { t.files = paths },
		Batches: &Batches{Images: t.list, Confirm: t.confirm, Enter: t.enter}}
}

// maxTexts is how many texts of identifiers are kept for messages: those that
// stand first in the file, as the places in messages do.
const maxTexts = 1 << 16

func (t *Tally) text(id int64, text string) {
	if len(t.texts) >= maxTexts {
		return
	}
	if t.texts == nil {
		t.texts = map[int64]string{}
	}
	t.texts[id] = text
}

func (t *Tally) problem(kind Kind, id, at int64) {
	t.problems.add(kind, 1, Example{File: t.file, ID: id, Offset: at})
}

func (t *Tally) image(im *Image) error {
	t.listOne(im)
	return nil
}

// reserve makes room for images. That it looks for all of them first also
// brings their places into the cache: the processor waits for memory once, so
// to speak, not once for each.
func (t *Tally) reserve(images []Image) {
	added := 0
	for i := range images {
		if t.imageRows.find(images[i].ID) < 0 {
			added++
		}
	}
	if free := cap(t.frames) - len(t.frames); free < added {
		t.frames = slices.Grow(t.frames, max(added, len(t.frames)))
	}
}

// listOne enters an image and reports whether it is new.
func (t *Tally) listOne(im *Image) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.listImage(im)
}

// list enters images.
func (t *Tally) list(images []Image) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reserve(images)
	for i := range images {
		t.listImage(&images[i])
	}
	return nil
}

// listImage is listOne of a locked tally.
func (t *Tally) listImage(im *Image) bool {
	if im.Has&FieldID == 0 {
		return false
	}
	row := t.imageRow(im.ID, mention{})
	if t.frames[row] != notListed {
		t.problems.add(DuplicateImage, 1, Example{File: t.file, ID: im.ID, Offset: im.Offset, Detail: differing(t.images.at(row).name, im.FileName)})
		return false
	}
	if (im.Width == 0 || im.Height == 0) && im.Has&FieldSizeTold == 0 {
		t.problem(NoSize, im.ID, im.Offset)
	}
	*t.images.at(row) = tallyImage{id: im.ID, name: im.FileName, first: mention{im.ID, im.Offset}}
	t.frames[row] = frame{int32(im.Width), int32(im.Height)}
	return true
}

// differing shows two names unless they are the same.
func differing(a, b string) string {
	if a == b {
		return ""
	}
	return fmt.Sprintf("%q, first %q", b, a)
}

// imageRow returns the row of an image; if it is new, as one that is known from
// a mention only. Of several mentions the first in the file is kept.
func (t *Tally) imageRow(id int64, from mention) int32 {
	row, added := t.imageRows.row(id)
	if added {
		t.images.add(tallyImage{id: id, first: from})
		t.frames = append(doubled(t.frames), notListed)
	} else if im := t.images.at(row); t.frames[row] == notListed && from.offset < im.first.offset {
		im.first = from
	}
	return row
}

func (t *Tally) category(c *Category) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.Has&FieldID == 0 {
		return nil
	}
	row := t.classRow(c.ID, mention{})
	if old := &t.classes[row]; old.listed {
		if old.Name != c.Name {
			return fmt.Errorf("%s: category id %d is %q at %s and %q at %s: give one of them another id",
				t.file, c.ID, old.Name, t.where(old.Offset), c.Name, t.where(c.Offset))
		}
		t.problem(DuplicateCategory, c.ID, c.Offset)
		return nil
	}
	t.classes[row] = tallyClass{Category: *c, listed: true}
	return nil
}

// classRow is imageRow of a category.
func (t *Tally) classRow(id int64, from mention) int32 {
	row, added := t.classRows.row(id)
	if added {
		t.classes = append(t.classes, tallyClass{Category: Category{ID: id}, first: from})
	} else if k := &t.classes[row]; !k.knows(from.offset) {
		k.first = from
	}
	return row
}

// annotation enters an annotation.
func (t *Tally) annotation(a *Annotation) error {
	if a.Has&FieldID != 0 && t.ids.add(a.ID) {
		t.problem(DuplicateID, a.ID, a.Offset)
	}
	t.part(0).enter(a, t.refer(a))
	return nil
}

// confirm checks the identifiers of annotations that will be entered.
func (t *Tally) confirm(list []Annotation, ids []int64) error {
	if len(ids) < len(list) {
		return t.confirmSome(list)
	}
	for i, id := range ids {
		if t.ids.add(id) {
			t.problem(DuplicateID, id, list[i].Offset)
		}
	}
	return nil
}

// confirmSome is confirm where some have no identifier.
func (t *Tally) confirmSome(list []Annotation) error {
	for i := range list {
		if a := &list[i]; a.Has&FieldID != 0 && t.ids.add(a.ID) {
			t.problem(DuplicateID, a.ID, a.Offset)
		}
	}
	return nil
}

// enter enters annotations on behalf of a worker.
func (t *Tally) enter(list []Annotation, worker int) {
	p := t.part(1 + worker)
	t.lookUp(list, p)
	for i := range list {
		a, ref := &list[i], p.refs[i]
		if ref.image < 0 {
			ref = t.refer(a)
		}
		p.enter(a, ref)
	}
}

// part returns a part by number.
func (t *Tally) part(n int) *part {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.parts) <= n {
		p := newPart(t.file)
		p.trainable = t.trainable
		t.parts = append(t.parts, p)
	}
	return t.parts[n]
}

// refers is what an annotation must have to count.
const refers = FieldImageID | FieldCategoryID

// target is what an annotation refers to, by row.
type target struct {
	image, class int32 // -1: it does not count
	frame        frame
}

// knows reports whether a mention at that offset adds nothing.
func (k *tallyClass) knows(offset int64) bool { return k.listed || k.first.offset <= offset }

// lookUp finds what annotations of p refer to, as far as it is known. It does
// so for all of them first: the processor waits for memory once, so to speak,
// not once for each.
func (t *Tally) lookUp(list []Annotation, p *part) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	p.refs = append(p.refs[:0], make([]target, len(list))...)
	refs := p.refs[:len(list)]
	for i := range list {
		refs[i].image = t.imageRows.find(list[i].ImageID)
	}
	for i := range refs {
		refs[i].frame = notListed
		if row := refs[i].image; row >= 0 {
			refs[i].frame = t.frames[row]
		}
	}
	for i := range list {
		a, ref := &list[i], &refs[i]
		ref.class = t.classRows.find(a.CategoryID)
		if a.Has&refers != refers || ref.frame == notListed || ref.class < 0 || !t.classes[ref.class].knows(a.Offset) {
			ref.image = -1
		}
	}
}

// refer finds what an annotation refers to, or enters it as mentioned.
func (t *Tally) refer(a *Annotation) target {
	if a.Has&refers != refers {
		return target{image: -1}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	from := mention{a.ID, a.Offset}
	row := t.imageRow(a.ImageID, from)
	return target{row, t.classRow(a.CategoryID, from), t.frames[row]}
}

// settle finishes the parts, all at the same time: it measures the pending
// annotations whose image was listed after them, and enters what still waits.
func (t *Tally) settle() {
	var all sync.WaitGroup
	for _, p := range t.parts {
		all.Go(func() {
			p.settle(t.frames)
			p.pairs.settle()
			p.boxes.enter()
			p.crowds.enter()
		})
	}
	all.Wait()
	t.twins = append(t.twins, findTwins(t.parts)...)
}

// Compact frees what is needed for quick answers alone: for tallies that have to
// wait for many others.
func (t *Tally) Compact() {
	t.imageRows, t.classRows = rowTable{}, rowTable{}
	for _, p := range t.parts {
		p.pairs = pairList{counts: slices.Clip(p.pairs.counts)}
		p.boxes.compact()
		p.crowds.compact()
		p.refs = nil
	}
}
