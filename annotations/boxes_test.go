package annotations

import (
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every edge lies in the cell above it, the number before it in the one below.
func TestGridCells(t *testing.T) {
	for i := 1; i < GridSize; i++ {
		edge := math.Pow(2, float64(i)/2-2)
		if got := GridEdge(i); math.Abs(got-edge) > 1e-12*edge {
			t.Errorf("edge %d is %v, want %v", i, got, edge)
		}
		if above, below := gridCell(GridEdge(i)), gridCell(math.Nextafter(GridEdge(i), 0)); above != i || below != i-1 {
			t.Errorf("cells at edge %d: %d and %d", i, below, above)
		}
	}
	for v, want := range map[float64]int{5e-324: 0, 0.1: 0, 1e300: GridSize - 1, 16384: GridSize - 1} {
		if got := gridCell(v); got != want {
			t.Errorf("cell of %v is %d, want %d", v, got, want)
		}
	}
}

// A box may leave its image by one pixel. The frame is 100 by 50.
func TestLeaves(t *testing.T) {
	for _, test := range []struct {
		box  [4]float64
		want bool
	}{
		{[4]float64{0, 0, 100, 50}, false},
		{[4]float64{-1, -1, 102, 52}, false},
		{[4]float64{-1.01, 0, 5, 5}, true},
		{[4]float64{0, -1.01, 5, 5}, true},
		{[4]float64{90, 0, 11.01, 5}, true},
		{[4]float64{0, 40, 5, 11.01}, true},
		{[4]float64{200, 200, 5, 5}, true},
		{[4]float64{200, 200, 0, 5}, false},  // reported as empty
		{[4]float64{200, 200, -9, 5}, false}, // reported as negative
	} {
		if got := leaves(&test.box, frame{100, 50}); got != test.want {
			t.Errorf("box %v: %v, want %v", test.box, got, test.want)
		}
	}
	box := &[4]float64{90, 40, 500, 500}
	if leaves(box, frame{}) || !leaves(box, frame{0, 50}) || !leaves(box, frame{100, 0}) {
		t.Error("a missing width or height must not count, the other one must")
	}
}

// Co-occurrence against the definition: for all images and pairs of classes.
func TestCooccurrence(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 31))
		c := &Counts{Categories: make([]Category, 1+r.IntN(6))}
		c.Images = make([]int64, len(c.Categories))
		want := map[[2]int32]int64{}
		for image := range r.IntN(20) {
			var holds []int32
			for class := range c.Categories {
				if r.IntN(3) == 0 {
					holds = append(holds, int32(class))
					c.Images[class]++
					c.Pairs = append(c.Pairs, Pair{int32(image), int32(class), 1})
				}
			}
			c.ImageRows = append(c.ImageRows, ImageCount{Classes: int32(len(holds))})
			for i, a := range holds {
				for _, b := range holds[i+1:] {
					want[[2]int32{a, b}]++
				}
			}
		}
		if seed%2 == 1 { // many classes are counted in another way
			c.Categories = append(c.Categories, make([]Category, maxMatrix)...)
			c.Images = append(c.Images, make([]int64, maxMatrix)...)
		}
		var rows []Cooccurrence
		for ab, n := range want {
			rows = append(rows, Cooccurrence{ab[0], ab[1], n})
		}
		slices.SortFunc(rows, func(x, y Cooccurrence) int { return slices.Compare([]int32{x.A, x.B}, []int32{y.A, y.B}) })
		if diff := cmp.Diff(rows, c.Cooccurrence()); diff != "" {
			t.Fatalf("seed %d: (-want +got):\n%s", seed, diff)
		}
		// Only some: in the order of images, which a stable sort keeps
		// ascending where they are even.
		slices.SortStableFunc(rows, func(x, y Cooccurrence) int { return int(y.Images - x.Images) })
		for most := 1; most < len(rows); most++ {
			some := slices.Clone(rows[:most])
			slices.SortFunc(some, func(x, y Cooccurrence) int { return slices.Compare([]int32{x.A, x.B}, []int32{y.A, y.B}) })
			if diff := cmp.Diff(some, c.cooccurrence(most, maxVisits)); diff != "" {
				t.Fatalf("seed %d, at most %d: (-want +got):\n%s", seed, most, diff)
			}
		}
	}
}

// Of the many pairs of an image with many classes, not all are kept.
func TestCooccurrenceLimit(t *testing.T) {
	const classes = 3000 // 4,498,500 pairs
	c := &Counts{Categories: make([]Category, classes), Images: slices.Repeat([]int64{1}, classes), ImageRows: []ImageCount{{Classes: classes}, {Classes: 2}}}
	for class := range int32(classes) {
		c.Pairs = append(c.Pairs, Pair{0, class, 1})
	}
	c.Images[classes-1]++
	c.Images[classes-2]++
	c.Pairs = append(c.Pairs, Pair{1, classes - 2, 1}, Pair{1, classes - 1, 1})
	got := c.Cooccurrence()
	if len(got) != MaxCooccurrence {
		t.Fatalf("%d pairs, want %d", len(got), MaxCooccurrence)
	}
	if last := got[len(got)-1]; last != (Cooccurrence{classes - 2, classes - 1, 2}) {
		t.Errorf("the pair with the most images is not there, but %v", last)
	}
	if first := got[0]; first != (Cooccurrence{0, 1, 1}) {
		t.Errorf("the first pair is %v", first)
	}
}

func TestSeverities(t *testing.T) {
	if Note >= Warning || Warning >= Error {
		t.Error("the severities do not ascend")
	}
	got, want := map[string]Severity{}, tableOfKinds(t)
	for _, k := range kinds {
		got[string(k)] = k.Severity()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the table at Kind says otherwise (-table +severity):\n%s", diff)
	}
	problems := []Problem{{Kind: StringID}, {Kind: EmptyBox}}
	if Worst(nil) != 0 || Worst(problems[:1]) != Note || Worst(problems) != Warning {
		t.Error("the worst of the problems")
	}
	if text, err := Error.MarshalText(); string(text) != "error" || err != nil || Severity(9).String() != "Severity(9)" {
		t.Errorf("%s, %v", text, err)
	}
}

// An image with very many classes is left out of those that count which classes
// occur together, and the others are counted as if it were not there.
func TestCooccurrenceOfWideImages(t *testing.T) {
	c := &Counts{Categories: make([]Category, 1000), Images: make([]int64, 1000)}
	for image, classes := range []int{3, 900, 2} {
		c.ImageRows = append(c.ImageRows, ImageCount{ID: int64(image), Classes: int32(classes)})
		for k := range classes {
			c.Pairs = append(c.Pairs, Pair{int32(image), int32(k), 1})
			c.Images[k]++
		}
	}
	if classes, left := c.cooccurrenceLimit(300000); classes != 899 || left != 1 {
		t.Errorf("up to %d classes, %d images left out; want 899 and 1", classes, left)
	}
	if _, left := c.CooccurrenceLimit(); left != 0 {
		t.Errorf("%d images left out of few", left)
	}
	want := []Cooccurrence{{0, 1, 2}, {0, 2, 1}, {1, 2, 1}}
	if diff := cmp.Diff(want, c.cooccurrence(100, 300000)); diff != "" {
		t.Errorf("differs:\n%s", diff)
	}
}

// tableOfKinds reads the severities of problems out of the comment of Kind.
func tableOfKinds(t *testing.T) map[string]Severity {
	t.Helper()
	text, err := os.ReadFile("problems.go")
	if err != nil {
		t.Fatal(err)
	}
	table, _, _ := strings.Cut(string(text), "\ntype Kind")
	row := regexp.MustCompile(`^//\t([a-z0-9-]+) `)
	severities := map[string]Severity{}
	var now Severity
	for line := range strings.Lines(table) {
		for of, begins := range map[Severity]string{Error: "// An Error ", Warning: "// A Warning ", Note: "// A Note "} {
			if strings.HasPrefix(line, begins) {
				now = of
			}
		}
		if m := row.FindStringSubmatch(line); m != nil {
			severities[m[1]] = now
		}
	}
	if len(severities) < 42 {
		t.Fatalf("%d kinds in the table", len(severities))
	}
	return severities
}
