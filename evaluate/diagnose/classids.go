package diagnose

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ClassReading is what else category ids of detections may mean.
type ClassReading struct {
	Meaning string // of a category_id, in words
	Remedy  string
	// Of the objects of a sample that a detection is on, Agree have its class as
	// it is read here, and AsGiven as the ids are.
	Objects, Agree, AsGiven int64
}

// classReading maps the id of a detection to a category.
type classReading struct {
	meaning, remedy string
	of              func(id int64) (int64, bool)
}

// classReadings are the ways in which ids of detections miss those of the
// truth; ids are its categories, ascending.
func classReadings(ids []int64) []classReading {
	shift := func(by int64) func(int64) (int64, bool) {
		return func(id int64) (int64, bool) {
			_, ok := slices.BinarySearch(ids, id+by)
			return id + by, ok
		}
	}
	place := func(first int64) func(int64) (int64, bool) {
		return func(id int64) (int64, bool) {
			if id < first || id-first >= int64(len(ids)) {
				return 0, false
			}
			return ids[id-first], true
		}
	}
	const replace = "replace each category_id by the id of the category at that place"
	return []classReading{
		{"one less than the id of the category", "add 1 to each category_id, for instance with jq 'map(.category_id += 1)'", shift(1)},
		{"one more than the id of the category", "subtract 1 from each category_id, for instance with jq 'map(.category_id -= 1)'", shift(-1)},
		{"the place of the category among those of the ground truth, counted from 0", replace, place(0)},
		{"the place of the category among those of the ground truth, counted from 1", replace, place(1)},
	}
}

// leastPairs is from how many objects with a detection on them these decide.
const leastPairs = 10

// ReadClasses returns what the category ids of detections mean, if that is
// clearly something else than the categories of the truth, whose ids ascend:
// found is how many detections there are of each id, known or not, and pairs
// are those of ClassPairs. Another order of the categories must explain more than
// these readings. Where pairs are few, the ids alone decide: some are
// unknown, and all are known in another reading.
func ReadClasses(ids []int64, found map[int64]int64, pairs map[ClassPair]int64) (*ClassReading, bool) {
	objects, given := int64(0), int64(0)
	for p, n := range pairs {
		objects += n
		if p.Object == p.Detection {
			given += n
		}
	}
	var best *ClassReading
	for _, r := range classReadings(ids) {
		agree := int64(0)
		for p, n := range pairs {
			if id, ok := r.of(p.Detection); ok && id == p.Object {
				agree += n
			}
		}
		if best != nil && agree <= best.Agree || objects < leastPairs && !explains(ids, found, r.of) {
			continue
		}
		best = &ClassReading{r.meaning, r.remedy, objects, agree, given}
	}
	clear := best != nil && (objects < leastPairs || 2*best.Agree >= objects && best.Agree >= 2*given+5)
	if order, ok := otherOrder(pairs, objects, given); ok && (!clear || 4*order.Agree > 5*best.Agree) {
		return order, true
	}
	return best, clear
}

// otherOrder returns another order of the categories in which the ids of
// detections are meant: nearly all objects with a detection on them have the
// class that its id then means, and each id means another.
func otherOrder(pairs map[ClassPair]int64, objects, given int64) (*ClassReading, bool) {
	most := map[int64]ClassPair{} // by id of detections: with the class of most of their objects
	for p, n := range pairs {
		if best, ok := most[p.Detection]; !ok || n > pairs[best] || n == pairs[best] && p.Object < best.Object {
			most[p.Detection] = p
		}
	}
	agree, taken := int64(0), map[int64]bool{}
	var moved []string
	for _, id := range slices.Sorted(maps.Keys(most)) {
		p := most[id]
		if taken[p.Object] {
			return nil, false
		}
		taken[p.Object] = true
		agree += pairs[p]
		if p.Object != id {
			moved = append(moved, fmt.Sprintf("%d for %d", id, p.Object))
		}
	}
	if objects < 2*leastPairs || 5*agree < 4*objects || agree < 2*given {
		return nil, false
	}
	if len(moved) > 3 {
		moved = append(moved[:3], "…")
	}
	return &ClassReading{"that of another order of the categories (" + strings.Join(moved, ", ") + ")",
		"replace each category_id by the id of the category that it means", objects, agree, given}, true
}

// explains reports whether some ids are unknown and all are known as they are
// read.
func explains(ids []int64, found map[int64]int64, read func(int64) (int64, bool)) bool {
	unknown := false
	for id := range found {
		if _, ok := slices.BinarySearch(ids, id); !ok {
			unknown = true
		}
		if _, ok := read(id); !ok {
			return false
		}
	}
	return unknown
}

// String says what speaks for the reading.
func (r *ClassReading) String() string {
	if r.Objects < leastPairs {
		return fmt.Sprintf("category_id seems to be %s: some ids are unknown, and none is if they are read so", r.Meaning)
	}
	return fmt.Sprintf("category_id seems to be %s: of %d objects with a detection on them the class agrees %d times, and %d times if it is read so",
		r.Meaning, r.Objects, r.AsGiven, r.Agree)
}
