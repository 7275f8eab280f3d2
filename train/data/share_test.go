package data

import "testing"

// All batches are loaded once, in the order of the processes.
func TestSharesDivideBatches(t *testing.T) {
	for batches := range 9 {
		for parts := range batches + 3 {
			for batch := range 3 * max(batches, 1) {
				owner, sum := -1, 0
				for part := range max(parts, 1) {
					s := Share{Batches: batches, Parts: parts, Part: part}
					before, own, after := s.Own()
					if before != sum || before+own+after != max(batches, 1) {
						t.Fatalf("%+v has %d after %d, with %d before", s, own, before, sum)
					}
					sum += own
					if s.has(batch) {
						if owner >= 0 {
							t.Fatalf("batch %d of %d is loaded by %d and %d of %d", batch, batches, owner, part, parts)
						}
						owner = part
					}
				}
				if owner < 0 {
					t.Fatalf("batch %d of %d is loaded by none of %d", batch, batches, parts)
				}
			}
		}
	}
}

// Processes that read other sizes from the files have other plans.
func TestPlanKnowsTheSizesOfFiles(t *testing.T) {
	set := sizedSet(t, false, Size{40, 30}, Size{30, 40}, Size{50, 30})
	plan := func(shape Shape) string {
		opt := TrainOptions(shape, 2, 1)
		opt.Augment = Augment{}
		l, err := NewLoader(set, opt)
		if err != nil {
			t.Fatal(err)
		}
		return l.Plan()
	}
	sides := Sides{Short: []int{32}, Long: 96, Multiple: 32}
	if plan(Square{Side: 32}) != "" {
		t.Error("squares depend on the sizes of files")
	}
	whole := plan(sides)
	set.Items[0].Path = set.Items[1].Path
	if other := plan(sides); other == whole || whole == "" {
		t.Errorf("plans %q and %q", whole, other)
	}
}
