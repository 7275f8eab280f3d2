package annotations

import (
	"math"
	"math/rand/v2"
	"testing"
)

// identifiers draws identifiers of every kind: dense, scattered, both, huge,
// negative, many of them twice.
func identifiers(r *rand.Rand, kind, n int) []int64 {
	ids := make([]int64, n)
	for i := range ids {
		switch kind {
		case 0:
			ids[i] = int64(i)
		case 1:
			ids[i] = r.Int64N(int64(5 * n))
		case 2:
			ids[i] = r.Int64() - r.Int64()
		case 3:
			ids[i] = r.Int64N(40) * alwaysDense / 7
		case 4:
			ids[i] = int64(math.Exp(r.Float64()*44)) - 50
		case 5:
			ids[i] = int64(100*n-i) * 3
		}
	}
	return ids
}

// Rows and membership are those of a map.
func TestIdentifierTables(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for kind := range 6 {
		for _, n := range []int{1, 50, 30000, 200000} {
			var rows rowTable
			var set idSet
			want := map[int64]int32{}
			for i, id := range identifiers(r, kind, n) {
				old, known := want[id]
				if !known {
					old = int32(len(want))
					want[id] = old
				}
				if row, added := rows.row(id); row != old || added == known {
					t.Fatalf("kind %d, %d of %d: row(%d) = %d, %v, want %d, %v", kind, i, n, id, row, added, old, !known)
				}
				if was := set.add(id); was != known {
					t.Fatalf("kind %d, %d of %d: add(%d) = %v", kind, i, n, id, was)
				}
			}
		}
	}
}
