package reshape

import "fmt"

// Values of Filter.Images: which images stay, by what is left in them.
const (
	AllImages     = "all"
	ImagesWith    = "with"
	ImagesWithout = "without"
)

// Filter says what is to stay of a file, beside what Options.Leave leaves. Lists of
// classes are indices in Source.Categories; nil means all.
type Filter struct {
	Classes []int // whose annotations stay
	Having  []int // an image stays if it holds one of these
	Images  string
	// DropUnused leaves categories out of which no annotation stays.
	DropUnused bool
}

// Filter decides what stays. Whether an image holds a class of Having is a matter of
// all that counts, whether it is one with objects of what is left.
func (s *Source) Filter(f Filter) (*Selection, error) {
	if f.Images != AllImages && f.Images != ImagesWith && f.Images != ImagesWithout {
		return nil, fmt.Errorf("reshape: images %q is none of %s, %s, %s", f.Images, AllImages, ImagesWith, ImagesWithout)
	}
	classes := s.mask(f.Classes)
	having, left := make([]bool, len(s.images)), make([]bool, len(s.images))
	hold := s.mask(f.Having)
	for i := range s.elements {
		if e := &s.elements[i]; e.kind == counted {
			having[e.image] = having[e.image] || hold[e.class]
			left[e.image] = left[e.image] || classes[e.class]
		}
	}
	sel := s.choose(func(row int32) bool {
		return (f.Having == nil || having[row]) && (f.Images == AllImages || left[row] == (f.Images == ImagesWith))
	}, func(e *element) bool { return classes[e.class] })
	if f.DropUnused {
		sel.dropUnused()
	}
	return sel, nil
}

// mask marks the classes of a list, all for nil.
func (s *Source) mask(list []int) []bool {
	marked := make([]bool, len(s.Categories))
	for i := range marked {
		marked[i] = list == nil
	}
	for _, i := range list {
		marked[i] = true
	}
	return marked
}

// dropUnused leaves categories out that have no annotation any more, crowds
// included.
func (sel *Selection) dropUnused() {
	used := make([]bool, len(sel.Source.Categories))
	for i, e := range sel.Source.elements {
		if sel.keep[i] && (e.kind == counted || e.kind == aside) {
			used[e.class] = true
		}
	}
	for i, e := range sel.Source.elements {
		if e.kind == class && (e.class == noRow || !used[e.class]) {
			sel.keep[i] = false
		}
	}
	sel.Dropped = nil
	for i, k := range sel.Source.Categories {
		if !used[i] {
			sel.Dropped = append(sel.Dropped, k)
		}
	}
}

// OfImages is what stays if some images do, with all that they hold: those that
// stay tells of, by their rows.
func (s *Source) OfImages(stays func(row int) bool) *Selection {
	return s.choose(func(row int32) bool { return stays(int(row)) }, func(*element) bool { return true })
}

// choose keeps images, and of their annotations those that object takes. What is
// no object stays; an image without an id does not: nothing can be said of it.
func (s *Source) choose(image func(row int32) bool, object func(e *element) bool) *Selection {
	sel := s.newSelection()
	stays := make([]bool, len(s.images))
	for row, im := range s.images {
		stays[row] = im.listed && image(int32(row))
	}
	for i := range s.elements {
		switch e := &s.elements[i]; e.kind {
		case foreign, class:
			sel.keep[i] = true
		case picture:
			sel.keep[i] = e.image != noRow && stays[e.image]
		case counted, aside:
			sel.keep[i] = stays[e.image] && object(e)
		}
	}
	sel.count(stays)
	return sel
}

// count fills in the numbers.
func (sel *Selection) count(stays []bool) {
	s := sel.Source
	objects := make([]bool, len(s.images))
	for class, list := range s.byClass {
		last := int32(noRow)
		for _, i := range list {
			if !sel.keep[i] {
				continue
			}
			sel.Reached[class]++
			if image := s.elements[i].image; image != last {
				sel.Images[class]++
				last, objects[image] = image, true
			}
		}
	}
	for i, e := range s.elements {
		if sel.keep[i] && (e.kind == counted || e.kind == aside) {
			sel.KeptAnnotations++
		}
	}
	for row, is := range stays {
		if is {
			sel.KeptImages++
			if !objects[row] {
				sel.EmptyImages++
			}
		}
	}
}
