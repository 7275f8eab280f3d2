package names

import (
	"slices"
	"testing"
)

func TestNames(t *testing.T) {
	for _, c := range []struct {
		a, b                   string
		same, typo, part, near bool
	}{
		{"Traffic-Light", "traffic lights", true, true, false, true},
		{"black bishop", "Black_Bishop", true, false, false, true},
		{"bus", "buses", false, false, false, false},
		{"glass", "glas", false, false, false, true}, // ss is no plural; four letters are too few for a typo
		{"bicyle", "bicycle", false, true, false, true},
		{"giraffe", "girafef", false, true, false, true}, // two neighbours swapped
		{"bishop", "black-bishop", false, false, true, true},
		{"dog", "hot dog", false, false, true, true},
		{"car", "cat", false, false, false, true},
		{"crate", "grape", false, false, false, false},
		{"crate", "grate", false, false, false, true},
		{"speed-limit30", "speed-limit80", false, false, false, true}, // digits
		{"male", "female", false, false, false, true},
		{"knife", "spoon", false, false, false, false},
		{"pedestrian", "awning-tricycle", false, false, false, false},
		{"赤信号", "青信号", false, false, false, true},
		{"dog", "dog", false, false, false, true},
		{"", "dog", false, false, false, false},
	} {
		for _, swap := range []bool{false, true} {
			a, b := c.a, c.b
			if swap {
				a, b = b, a
			}
			if got := [...]bool{Same(a, b), Typo(a, b), Part(a, b), Near(a, b)}; got != [...]bool{c.same, c.typo, c.part, c.near} {
				t.Errorf("%q, %q: same, typo, part, near = %v, want %v", a, b, got, [...]bool{c.same, c.typo, c.part, c.near})
			}
		}
	}
}

// Whatever is a typo has something in common when shortened.
func TestShortened(t *testing.T) {
	for _, c := range [][2]string{{"bicyle", "bicycle"}, {"red giraffe", "red girafef"}, {"Lights", "light"}} {
		if !Typo(c[0], c[1]) || !slices.ContainsFunc(Shortened(c[0]), func(s string) bool { return slices.Contains(Shortened(c[1]), s) }) {
			t.Errorf("%q has nothing in common", c)
		}
	}
}

// Distances counted by hand; the swap counts once.
func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"abcd", "acbd", 1}, {"a cat", "an act", 2}, {"żółw", "żółwi", 1}} {
		if got := Distance(c.a, c.b, 10); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
		if got := Distance(c.a, c.b, c.want-1); c.want > 0 && got < c.want {
			t.Errorf("%q to %q, at most %d: %d", c.a, c.b, c.want-1, got)
		}
	}
}
