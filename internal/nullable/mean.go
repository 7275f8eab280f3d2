package nullable

import "math"

// Mean is that of the numbers that are there: NaN is passed over. The zero value
// has none.
type Mean struct {
	sum float64
	n   int
}

// Add takes one more number.
func (m *Mean) Add(x float64) {
	if !math.IsNaN(x) {
		m.sum += x
		m.n++
	}
}

// Value is the mean; NaN of no numbers.
func (m *Mean) Value() Float { return Float(m.sum / float64(m.n)) }
