package summary

import (
	"fmt"
	"math"

	"cocostat/internal/commands/shared/output"
	"cocostat/internal/textable"
	"cocostat/lt"
)

// EmptyTail says that a tail ratio leaves the tail without a class that has any of
// the counts, and which ratio does not; "" where there is such a class, or where the
// classes cannot be divided. of is what the counts are shares of, flag is how the
// ratio is asked for, up to the number.
func EmptyTail(names []string, counts []int64, target float64, of, flag string) string {
	least, classes := lt.LeastTarget(counts)
	if math.IsNaN(least) || least <= target {
		return ""
	}
	rarest := make([]string, len(classes))
	for i, j := range classes {
		rarest[i] = names[j]
	}
	if least == 1 {
		return fmt.Sprintf("no class is in the tail, as none is rarer than another: all have equally many %s", of)
	}
	are, hold, it := "is", "holds", "it"
	if len(rarest) > 1 {
		are, hold, it = "are", "hold", "them"
	}
	const places = 1000
	return fmt.Sprintf("no class is in the tail: the rarest %s %s, which %s %s of all %s: %s%v takes %s into it",
		are, output.List(rarest, 3), hold, textable.Percent(least), of, flag, math.Ceil(least*places)/places, it)
}
