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
