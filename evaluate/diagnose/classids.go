package diagnose

import (
	"fmt"
	"slices"
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
// are those of ClassPairs. Where these are few, the ids alone decide: some are
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
	if best == nil || objects >= leastPairs && (2*best.Agree < objects || best.Agree < 2*given+5) {
		return nil, false
	}
	return best, true
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
