package evaluate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// slowMatch matches at one IoU threshold and in one area range as the package's
// documentation says, one detection after the other, and returns the truth that
// each takes, −1 for none, and whether it is ignored; −2 for one that is not
// evaluated or beyond the limit.
func slowMatch(truths []Truth, dets []Detection, p Params, iou float64, in AreaRange) (took []int, ignored []bool) {
	order := make([]int, len(dets))
	took, ignored = make([]int, len(dets)), make([]bool, len(dets))
	for i := range order {
		order[i], took[i] = i, -2
	}
	slices.SortStableFunc(order, func(a, b int) int { // by falling score
		switch {
		case dets[a].Score > dets[b].Score:
			return -1
		case dets[a].Score < dets[b].Score:
			return 1
		}
		return 0
	})
	type cell struct{ image, class int64 }
	seen, taken := map[cell]int{}, map[int]bool{}
	for _, i := range order {
		d := &dets[i]
		c := cell{d.ImageID, d.CategoryID}
		if seen[c]++; seen[c] > slices.Max(p.MaxDets) || !slices.Contains(p.Images, d.ImageID) || !slices.Contains(p.Classes, d.CategoryID) {
			continue
		}
		took[i] = -1
		for _, counting := range []bool{true, false} {
			best := math.Min(iou, 1-1e-10)
			for j := range truths {
				x := &truths[j]
				counts := !x.Crowd && x.Area >= in.Min && x.Area <= in.Max
				if x.ImageID != d.ImageID || x.CategoryID != d.CategoryID || counts != counting || taken[j] && !x.Crowd || x.IoU(&d.BBox) < best {
					continue
				}
				best, took[i], ignored[i] = x.IoU(&d.BBox), j, !counts
			}
			if took[i] >= 0 {
				taken[took[i]] = true
				break
			}
		}
		if area := d.BBox[2] * d.BBox[3]; took[i] < 0 {
			ignored[i] = area < in.Min || area > in.Max
		}
	}
	return took, ignored
}

// Outcomes and truths are those of a matcher that takes one threshold, one area
// range and one detection at a time; with areas that no range holds too.
func TestAgreesWithSlowMatching(t *testing.T) {
	var right, ignored, left, beside int
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 3))
		truths, dets, p := scene(rng, 3, 2, 40)
		p.MaxDets = []int{4, 1 + rng.IntN(3)}
		p.Classes = append(p.Classes, 77)
		truths = append(truths, Truth{ImageID: 9, CategoryID: 1}, Truth{ImageID: 1, CategoryID: 9})
		dets = append(dets, Detection{ImageID: 9, CategoryID: 1}, Detection{ImageID: 1, CategoryID: 9})
		if seed%2 == 0 {
			truths[rng.IntN(40)].Area, dets[rng.IntN(len(dets)-2)].BBox[2] = 1e11, -5
		}
		m, err := Match(truths, dets, p)
		if err != nil {
			t.Fatal(err)
		}
		if m.overall == len(m.Params.Areas) {
			beside++
		}
		everywhere := AreaRange{Min: math.Inf(-1), Max: math.Inf(1)}
		for at, iou := range m.Params.IoUThresholds {
			for a, in := range m.Params.Areas {
				took, ignores := slowMatch(truths, dets, p, iou, in)
				for k := range m.Classes {
					c := &m.Classes[k]
					for i := range c.Detections {
						d := &c.Detections[i]
						o, j := c.Outcome(d, a), d.Detection
						if (o.Right>>at&1 == 1) != (took[j] >= 0 && !ignores[j]) || (o.Ignored>>at&1 == 1) != ignores[j] {
							t.Fatalf("seed %d, IoU %v, area %s, detection %d: %b; slowly it takes %d, ignored %v", seed, iou, in.Name, j, o, took[j], ignores[j])
						}
					}
				}
			}
			took, ignores := slowMatch(truths, dets, p, iou, everywhere)
			for j, found := range m.Found(at) {
				want := int32(took[j])
				switch {
				case took[j] == -2:
					want = Left
					left++
				case ignores[j]:
					want = Ignored
					ignored++
				case took[j] < 0:
					want = Wrong
				default:
					right++
				}
				if found != want {
					t.Fatalf("seed %d, IoU %v, detection %d: found %d, slowly %d", seed, iou, j, found, want)
				}
			}
		}
	}
	if min(right, left) < 5000 || ignored < 500 || beside < 20 {
		t.Errorf("%d right, %d ignored, %d left, %d with areas beside the ranges: the cases do not reach the rules", right, ignored, left, beside)
	}
}

// By hand. The larger box has no room in "all", so its detection is ignored there
// and right overall; a class counts its objects whatever their area.
func TestOverall(t *testing.T) {
	truths := []Truth{{ID: 1, ImageID: 1, CategoryID: 1, BBox: [4]float64{0, 0, 10, 10}, Area: 100},
		{ID: 2, ImageID: 1, CategoryID: 1, BBox: [4]float64{50, 0, 30, 30}, Area: 900}}
	dets := []Detection{{1, 1, [4]float64{50, 0, 30, 30}, 0.9}, {1, 1, [4]float64{0, 0, 10, 10}, 0.8}, {1, 1, [4]float64{0, 50, 10, 10}, 0.7}}
	m, err := Match(truths, dets, Params{Areas: []AreaRange{{"all", 0, 500}}, IoUThresholds: []float64{0.5}})
	if err != nil {
		t.Fatal(err)
	}
	c := &m.Classes[0]
	var here, overall []Outcome
	for i := range c.Detections {
		here, overall = append(here, c.Outcome(&c.Detections[i], 0)), append(overall, c.Overall(&c.Detections[i]))
	}
	if !slices.Equal(here, []Outcome{{Ignored: 1}, {Right: 1}, {}}) || !slices.Equal(overall, []Outcome{{Right: 1}, {Right: 1}, {}}) {
		t.Errorf("outcomes %v, overall %v", here, overall)
	}
	if c.Positives(0) != 1 || c.Objects() != 2 || !slices.Equal(m.Found(0), []int32{1, 0, Wrong}) {
		t.Errorf("%d positives, %d objects, found %v", c.Positives(0), c.Objects(), m.Found(0))
	}
}
