package cocotest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Uniform returns a file of n annotations as programs write it: they have the
// same keys in the same order and spacing, and plain values, but for one in so
// many that is odd.
func Uniform(r *rand.Rand, odd, n int) string {
	space := []string{"", " "}[r.IntN(2)]
	order := r.Perm(7)
	switch r.IntN(6) {
	case 0, 1:
		order = order[1:] // a key that is nowhere
	case 2:
		order = append(order, order[0]) // one that is there twice
	}
	value := func(plain string, others ...string) string {
		if odd > 0 && r.IntN(odd) == 0 {
			return others[r.IntN(len(others))]
		}
		return plain
	}
	members := []func(i int) string{
		func(i int) string {
			return `"id":` + space + value(fmt.Sprint(i), "12345678", "123456789012345", "1234567890123456", "-3", "1e2", `"7"`, "null", "1.0", "007")
		},
		func(int) string { return `"image_id":` + space + value(fmt.Sprint(r.IntN(5)), "99", "null", `"1"`) },
		func(int) string {
			return `"category_id":` + space + value(fmt.Sprint(1+r.IntN(3)), "9", "2.5", "[1]")
		},
		func(int) string {
			box := fmt.Sprintf("[%.2f,%s%.1f,%d,%.3f]", 90*r.Float64(), space, 90*r.Float64(), r.IntN(90), 300*r.Float64())
			return `"bbox":` + space + value(box, "[-1,2,3.5,4]", "[1,2,3]", "[1e1,2,3,4]", "[ 1 ,2, 3,4 ]", "null", "[]", "[1,2,3,4,5]", "[01,2,3,4]")
		},
		func(int) string {
			return `"area":` + space + value(fmt.Sprint(9000*r.Float64()), "12", "-1.5", "1e3", `"5"`, "null", "123456789.123456789012", "1.")
		},
		func(int) string { return `"iscrowd":` + space + value("0", "1", "true", "false", "null", `"1"`, "2") },
		func(int) string {
			return `"segmentation":` + space + value("[[1.5,2,30.25,4]]", `{"counts": [1,2], "size": [3,4]}`, `"RLE"`, "[[1,2],[-3,4e1]]", "[[1,,2]]", "null")
		},
	}
	var list []string
	for i := range n {
		var fields []string
		for _, m := range order {
			if odd == 0 || r.IntN(10*odd) > 0 {
				fields = append(fields, members[m](i))
			}
		}
		if odd > 0 && r.IntN(10*odd) == 0 {
			fields = append(fields, members[order[0]](i+1))
		}
		list = append(list, "{"+strings.Join(fields, ","+space)+"}")
	}
	return `{"images": [{"id": 0,"width": 100,"height": 100},{"id": 1},{"id": 2},{"id": 3},{"id": 4}],"categories": [{"id": 1},{"id": 2},{"id": 3}],"annotations": [` +
		strings.Join(list, ",") + `]}`
}
