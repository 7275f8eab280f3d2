package weights

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"cocostat/internal/names"
)

// The rule for a weight that is far out of the others' range: it is at least
// farOut times the greatest weight of all other classes, and at least leastFar
// itself; at most a quarter of the classes, or one, are so far out. Real
// long tails have no such gap: from a class to the next in order, the weights of
// inverse fall at most 6.0 times in COCO train2017, 2.0 times in LVIS v1 and TACO.
const (
	farOut   = 20
	leastFar = 10
)

// FarOut returns the classes, by index, whose weight is far above those of all
// other classes, the greatest first. Mostly these are slips of labelling, with
// next to no instances. gap is the least of these weights over the greatest of
// the others.
func (t *Table) FarOut() (classes []int, gap float64) {
	var order []int // classes with a weight, the greatest first
	for i := range t.Rows {
		if t.Rows[i].Alpha > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(t.Rows[b].Alpha, t.Rows[a].Alpha) })
	most := max(1, len(order)/4)
	for n := 1; n <= most && n < len(order); n++ {
		last, next := t.Rows[order[n-1]].Alpha, t.Rows[order[n]].Alpha
		if last >= leastFar && last >= farOut*next {
			classes, gap = order[:n], last/next
		}
	}
	return classes, gap
}

// LikeNames returns the pairs of classes, by index, that may be one class under
// two names: the names are the same but for capitals, separators or a plural s,
// or they differ by a slip of typing, and one of the classes has at most a
// twentieth of the other's instances. Classes of equal names are not among them.
func (t *Table) LikeNames() (pairs [][2]int) {
	same := map[string][]int{} // classes whose names may be the same
	for i := range t.Rows {
		key := names.Key(t.Rows[i].Name)
		for _, other := range same[key] {
			if key != "" && names.Same(t.Rows[i].Name, t.Rows[other].Name) {
				pairs = append(pairs, [2]int{other, i})
			}
		}
		same[key] = append(same[key], i)
	}
	return append(pairs, t.typos()...)
}

// mostNames is up to how many classes with instances mistyped names are looked
// for.
const mostNames = 10_000

// typos returns the pairs of LikeNames that are slips of typing. Such names have
// in common what is left without one of their letters.
func (t *Table) typos() (pairs [][2]int) {
	const few = 20
	without, used := map[string][]int{}, 0
	for i := range t.Rows {
		if t.Rows[i].Instances > 0 {
			if used++; used > mostNames {
				return nil
			}
			for _, key := range names.Shortened(t.Rows[i].Name) {
				without[key] = append(without[key], i)
			}
		}
	}
	for _, classes := range without {
		for n, j := range classes {
			for _, i := range classes[:n] {
				a, b := &t.Rows[i], &t.Rows[j]
				if few*min(a.Instances, b.Instances) <= max(a.Instances, b.Instances) && names.Typo(a.Name, b.Name) && !names.Same(a.Name, b.Name) {
					pairs = append(pairs, [2]int{i, j})
				}
			}
		}
	}
	slices.SortFunc(pairs, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(pairs)
}

// NearNames returns the names of other classes with at least as many instances
// that that of a class may be meant for.
func (t *Table) NearNames(class int) (near []string) {
	for i := range t.Rows {
		r := &t.Rows[i]
		if i != class && r.Instances >= t.Rows[class].Instances && names.Near(r.Name, t.Rows[class].Name) {
			near = append(near, r.Name)
		}
	}
	return near
}

// Oddities says in a line each which weights are far out of the others' range
// and which classes may be one under two names, with the remedies; at most so
// many classes are named in a line.
func (t *Table) Oddities(most int) (lines []string) {
	if far, gap := t.FarOut(); len(far) > 0 {
		var which []string
		for _, i := range far {
			r := &t.Rows[i]
			text := fmt.Sprintf("%q (%d of %d instances, alpha %.4g)", r.Name, r.Instances, t.Meta.Instances, r.Alpha)
			if near := t.NearNames(i); len(near) > 0 {
				text += fmt.Sprintf(" named much like %s", nameList(near, most))
			}
			which = append(which, text)
		}
		lines = append(lines, fmt.Sprintf("weights far out of the others' range, %.0f times the next: %s; "+
			"give the class its right name in the annotations, or make the weights with --drop NAME or --clip LOW,HIGH",
			math.Floor(gap), joined(which, most)))
	}
	if pairs := t.LikeNames(); len(pairs) > 0 {
		var which []string
		for _, p := range pairs {
			a, b := &t.Rows[p[0]], &t.Rows[p[1]]
			which = append(which, fmt.Sprintf("%q (%d) and %q (%d)", a.Name, a.Instances, b.Name, b.Instances))
		}
		lines = append(lines, fmt.Sprintf("classes of nearly the same name, with their instances: %s; "+
			"if they mean the same, give them one in the annotations, or make the weights with --drop NAME", joined(which, most)))
	}
	return lines
}

// joined joins the first few of a list.
func joined(list []string, most int) string {
	if more := len(list) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), more)
	}
	return strings.Join(list, ", ")
}

func nameList(list []string, most int) string {
	out := make([]string, len(list))
	for i, name := range list {
		out[i] = strconv.Quote(name)
	}
	return joined(out, most)
}
