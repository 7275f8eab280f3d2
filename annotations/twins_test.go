package annotations

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Boxes are compared with those of all parts, whether these hold few or many,
// and by image and class: the counts are those of a map.
func TestTwinsOfParts(t *testing.T) {
	type object struct {
		image, class int32
		box          [4]float64
	}
	r := rand.New(rand.NewPCG(6, 3))
	for _, sizes := range [][]int{{}, {0}, {1, 1}, {twinFew - 1, twinFew - 1}, {twinFew}, {30, 0, 9 * twinFew}, {40 * twinFew, 50 * twinFew, 1}} {
		seen, want := map[object]bool{}, map[int32]int64{}
		var parts []*part
		for _, n := range sizes {
			p := newPart("")
			for range n {
				o := object{r.Int32N(500), r.Int32N(3), [4]float64{1, 2, float64(1 + r.IntN(5)), float64(1 + r.IntN(9))}}
				if r.IntN(2) == 0 {
					o.image = twinRows - 1 - o.image
				}
				if seen[o] {
					want[o.image]++
				}
				seen[o] = true
				p.twins.add(o.image, o.class, &o.box)
			}
			parts = append(parts, p)
		}
		got := map[int32]int64{}
		for _, w := range findTwins(parts) {
			got[w.row] += w.twins
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("parts of %v: %d images with twins, want %d", sizes, len(got), len(want))
		}
	}
}

// A box that all images hold does not crowd into one group.
func TestTwinGroupsAreEven(t *testing.T) {
	const images = 1 << 15
	var l twinList
	for image := range int32(images) {
		l.add(image, 1, &[4]float64{0, 0, 640, 480})
	}
	for g := range l.groups {
		n := 0
		for _, b := range l.group(g) {
			n += len(b)
		}
		if even := images / twinGroups; n < even/2 || n > 2*even {
			t.Errorf("group %d holds %d of %d, want about %d", g, n, images, even)
		}
	}
}
