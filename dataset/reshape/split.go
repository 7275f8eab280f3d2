package reshape

import (
	"cmp"
	"context"
	"slices"

	"cocostat/lt"
	"cocostat/lt/stratify"
)

// Dealing says how images are dealt out to shares.
type Dealing struct {
	Shares  []float64 // above 0; they need not sum up to 1
	Seed    uint64
	Uniform bool // at random, whatever the classes
	// Group, when set, names the group of an image; those of one name stay together.
	Group func(Image) string
}

// nowhere is the share of an image that no list has.
const nowhere = -1

// Deal divides the images into shares and returns the share of each by its row, -1
// of one that is not listed. Every class is spread over them, by the images that
// hold it and by its annotations, and so are images without any: see package
// stratify. It depends on the ids of the images and annotations and on the seed, not
// on the order of the file.
func (s *Source) Deal(ctx context.Context, d Dealing) (share []int32, groups int, err error) {
	item, sizes := s.group(d.Group)
	items := s.items(item, sizes)
	var dealt []int32
	if d.Uniform {
		dealt, err = stratify.Uniform(items, d.Shares, d.Seed)
	} else {
		dealt, err = stratify.Split(ctx, items, d.Shares, d.Seed)
	}
	if err != nil {
		return nil, 0, err
	}
	share = make([]int32, len(s.images))
	for row, i := range item {
		share[row] = nowhere
		if i >= 0 {
			share[row] = dealt[i]
		}
	}
	return share, len(sizes), nil
}

// group numbers the groups of images in the order of the first id of each, and
// counts their images. item has the number by row, -1 for images that are not listed.
func (s *Source) group(name func(Image) string) (item []int32, sizes []int32) {
	rows := make([]int32, 0, len(s.images))
	item = make([]int32, len(s.images))
	for row, im := range s.images {
		item[row] = nowhere
		if im.listed {
			rows = append(rows, int32(row))
		}
	}
	slices.SortFunc(rows, func(a, b int32) int { return cmp.Compare(s.images[a].id, s.images[b].id) })
	known := map[string]int32{}
	for _, row := range rows {
		n := int32(len(sizes))
		if name != nil {
			key := name(s.Image(int(row)))
			if first, is := known[key]; is {
				n = first
			}
			known[key] = n
		}
		if int(n) == len(sizes) {
			sizes = append(sizes, 0)
		}
		item[row] = n
		sizes[n]++
	}
	return item, sizes
}

// items are the groups with what they hold: of C classes, images with class k
// are label k, its annotations C+k, and images without any 2C.
func (s *Source) items(item, sizes []int32) stratify.Items {
	classes := int32(len(s.Categories))
	type held struct{ item, label, amount int32 }
	var all []held
	for class, list := range s.byClass {
		last := int32(noRow)
		for _, i := range list {
			image := s.elements[i].image
			if image != last {
				all = append(all, held{item[image], int32(class), 1}, held{item[image], classes + int32(class), 0})
				last = image
			}
			all[len(all)-1].amount++
		}
	}
	for row, im := range s.images {
		if im.listed && im.objects == 0 {
			all = append(all, held{item[row], 2 * classes, 1})
		}
	}
	slices.SortFunc(all, func(a, b held) int { return cmp.Or(cmp.Compare(a.item, b.item), cmp.Compare(a.label, b.label)) })
	var out stratify.Items
	next := 0
	for i, size := range sizes {
		var labels []stratify.Label
		for ; next < len(all) && all[next].item == int32(i); next++ {
			if n := len(labels); n > 0 && labels[n-1].Label == all[next].label {
				labels[n-1].Amount += all[next].amount
			} else {
				labels = append(labels, stratify.Label{Label: all[next].label, Amount: all[next].amount})
			}
		}
		out.Add(size, labels)
	}
	return out
}

// Objects tells what the images hold that have an annotation, in the order of their
// rows, and which rows these are.
func (s *Source) Objects() (held lt.ImageObjects, rows []int32) {
	start := make([]int, len(s.images)+1) // of each row's classes
	each := func(do func(class int, row int32, first bool)) {
		for class, list := range s.byClass {
			last := int32(noRow)
			for _, i := range list {
				row := s.elements[i].image
				do(class, row, row != last)
				last = row
			}
		}
	}
	each(func(_ int, row int32, first bool) {
		if first {
			start[row+1]++
		}
	})
	for row := range s.images {
		start[row+1] += start[row]
	}
	next := slices.Clone(start)
	held.Class, held.Objects = make([]int32, start[len(s.images)]), make([]int32, start[len(s.images)])
	each(func(class int, row int32, first bool) {
		if first {
			held.Class[next[row]] = int32(class)
			next[row]++
		}
		held.Objects[next[row]-1]++
	})
	held.Start = []int{0}
	for row := range s.images {
		if start[row+1] > start[row] {
			held.Start, rows = append(held.Start, start[row+1]), append(rows, int32(row))
		}
	}
	return held, rows
}
