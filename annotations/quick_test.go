package annotations

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// uniform returns a file of n annotations as programs write it: they have the
// same keys in the same order and spacing, and plain values, but for one in so
// many that is odd.
func uniform(r *rand.Rand, odd, n int) string {
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

// Files whose annotations are written alike are counted as the reference does,
// also where some of them are not plain, or not valid.
func TestUniformAnnotations(t *testing.T) {
	var counted int64
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 77))
		text := uniform(r, []int{0, 3, 30, 200}[seed%4], 20+r.IntN(80))
		window := []int{600, 1500, 4096}[seed%3]
		counted += checkAgainstReference(t, []byte(text), window)
		checkStatistics(t, text, window)
	}
	if counted < 5000 {
		t.Errorf("only %d instances were compared", counted)
	}
}

// Only shapes that have what an annotation needs, once, are read the quick way.
func TestRegularShapes(t *testing.T) {
	for _, test := range []struct {
		members []member
		want    bool
	}{
		{[]member{memberID, memberImageID, memberCategoryID}, true},
		{[]member{other, memberCategoryID, memberBBox, memberArea, other, memberImageID, memberCrowd, memberID}, true},
		{[]member{memberID, memberImageID}, false},
		{[]member{memberID, memberImageID, memberCategoryID, memberID}, false},
		{[]member{memberID, memberImageID, memberCategoryID, memberName}, false},
		{nil, false},
	} {
		var h shape
		for _, m := range test.members {
			h.learn([]byte(`"x":`), m)
		}
		if got := h.regular(); got != test.want {
			t.Errorf("%v: %v, want %v", test.members, got, test.want)
		}
	}
}

// A shape that mostly misses is not tried for ever.
func TestQuickGivesUp(t *testing.T) {
	element := `{"id": 1,"image_id": 2,"category_id": 3,"bbox": [1e1,2,3,4]},`
	w := newWorker(&scanner{lexer: &lexer{limit: maxToken, ctx: bg}, visit: newTally("").visitor(), pool: &pool{source: &chunkReader{}}}, 0)
	text := strings.Repeat(element, 2*maxMisses)
	c := &chunk{buf: append([]byte(text), make([]byte, padding)...), size: len(text)}
	c.batch.reset(annotationList)
	w.read(c)
	if len(c.batch.annotations) != 2*maxMisses || c.batch.outcome != filled {
		t.Fatalf("%d annotations, outcome %d", len(c.batch.annotations), c.batch.outcome)
	}
	for _, a := range c.batch.annotations {
		if a.BBox != [4]float64{10, 2, 3, 4} || a.Area != 12 {
			t.Fatalf("read %+v", a)
		}
	}
	if w.shapes[annotationList].quick {
		t.Error("the quick way is still tried")
	}
}
