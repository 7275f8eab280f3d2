package reshape

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"cocostat/annotations"
)

// Values of Choice.Thin: what is taken or left as a whole.
const (
	ByImages      = "images"
	ByAnnotations = "annotations"
)

// Choice says what is to stay of a file.
type Choice struct {
	Asked []int64 // annotations of each class, at least 0
	Thin  string  // ByImages or ByAnnotations
	Seed  uint64

	KeepEmptied bool // keep images that lose all their annotations
	DropEmpty   bool // drop images that had none to begin with
}

// Selection is what stays of a file. Slices by class are in the order of
// Source.Categories.
type Selection struct {
	Source  *Source
	Reached []int64 // annotations of each class: Asked, or all if there are fewer
	Images  []int64 // images that hold the class

	KeptImages      int64 // different ids
	EmptyImages     int64 // of these, without a counted annotation
	KeptAnnotations int64

	Dropped []annotations.Category // categories that do not stay

	keep []bool // by element
}

// Select decides what stays. It fails for numbers that are negative or not one
// for each class, and for an unknown way of thinning.
func (s *Source) Select(c Choice) (*Selection, error) {
	if len(c.Asked) != len(s.Categories) {
		return nil, fmt.Errorf("reshape: %d numbers for %d classes", len(c.Asked), len(s.Categories))
	}
	if c.Thin != ByImages && c.Thin != ByAnnotations {
		return nil, fmt.Errorf("reshape: thin %q is not %s or %s", c.Thin, ByImages, ByAnnotations)
	}
	sel := s.newSelection()
	kept := make([]int32, len(s.images)) // annotations by image
	for class, list := range s.byClass {
		if c.Asked[class] < 0 {
			return nil, fmt.Errorf("reshape: %d annotations asked for of class %q", c.Asked[class], s.Categories[class].Name)
		}
		chosen := s.thin(list, c, class)
		sel.Reached[class] = int64(len(chosen))
		last := int32(noRow)
		slices.Sort(chosen)
		slices.SortFunc(chosen, s.compare)
		for _, e := range chosen {
			sel.keep[e] = true
			image := s.elements[e].image
			kept[image]++
			if image != last {
				sel.Images[class]++
			}
			last = image
		}
	}
	sel.keepImages(c, kept)
	return sel, nil
}

func (s *Source) newSelection() *Selection {
	return &Selection{Source: s, keep: make([]bool, len(s.elements)),
		Reached: make([]int64, len(s.Categories)), Images: make([]int64, len(s.Categories))}
}

// thin returns the annotations of a class that stay.
func (s *Source) thin(list []int32, c Choice, class int) []int32 {
	if c.Asked[class] >= int64(len(list)) {
		return slices.Clone(list)
	}
	random := rand.NewPCG(c.Seed, uint64(s.Categories[class].ID))
	var groups [][]int32
	if c.Thin == ByImages {
		groups = slices.Collect(s.sameImage(list))
	} else {
		groups = slices.Collect(slices.Chunk(list, 1))
	}
	return take(shuffled(groups, random), int(c.Asked[class]), random)
}

// sameImage cuts a sorted list into the annotations of each image.
func (s *Source) sameImage(list []int32) func(yield func([]int32) bool) {
	return func(yield func([]int32) bool) {
		for len(list) > 0 {
			n := 1
			for n < len(list) && s.elements[list[n]].image == s.elements[list[0]].image {
				n++
			}
			if !yield(list[:n:n]) {
				return
			}
			list = list[n:]
		}
	}
}

// shuffled returns the elements in random order. It sorts by random numbers
// rather than swap elements, so that the order follows from the generator and
// from nothing that a library may change.
func shuffled[T any](list []T, random *rand.PCG) []T {
	type ticket struct {
		number uint64
		place  int
	}
	tickets := make([]ticket, len(list))
	for i := range tickets {
		tickets[i] = ticket{random.Uint64(), i}
	}
	slices.SortFunc(tickets, func(a, b ticket) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.place, b.place))
	})
	out := make([]T, len(list))
	for i, t := range tickets {
		out[i] = list[t.place]
	}
	return out
}

// take returns want elements of groups that hold more: groups as a whole, and
// where none fits, a part of the first that was passed over.
func take(groups [][]int32, want int, random *rand.PCG) []int32 {
	taken := make([]int32, 0, want)
	var tooLarge []int32
	for _, g := range groups {
		left := want - len(taken)
		switch {
		case left == 0:
			return taken
		case len(g) <= left:
			taken = append(taken, g...)
		case tooLarge == nil:
			tooLarge = g
		}
	}
	if left := want - len(taken); left > 0 {
		taken = append(taken, shuffled(tooLarge, random)[:left]...)
	}
	return taken
}

// keepImages decides on the images, given how many annotations each keeps, and
// on the crowd regions that stay with them.
func (sel *Selection) keepImages(c Choice, kept []int32) {
	s := sel.Source
	stays := make([]bool, len(s.images))
	for row, im := range s.images {
		switch {
		case !im.listed:
		case im.objects == 0:
			stays[row] = !c.DropEmpty
		default:
			stays[row] = kept[row] > 0 || c.KeepEmptied
		}
		if stays[row] {
			sel.KeptImages++
			if kept[row] == 0 {
				sel.EmptyImages++
			}
		}
	}
	for i, e := range s.elements {
		switch {
		case e.kind == foreign, e.kind == class:
			sel.keep[i] = true
		case e.kind == picture && e.image == noRow: // nothing can refer to it
			sel.keep[i] = !c.DropEmpty
		case e.kind == picture, e.kind == aside:
			sel.keep[i] = stays[e.image]
		}
		if sel.keep[i] && (e.kind == counted || e.kind == aside) {
			sel.KeptAnnotations++
		}
	}
}
