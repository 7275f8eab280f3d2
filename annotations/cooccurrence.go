package annotations

// Cooccurrence is two classes that images hold together.
type Cooccurrence struct {
	A, B   int32 // indices in Counts.Categories, A < B
	Images int64 // images that hold at least one object of each, at least 1
}

// Cooccurrence returns the classes that occur together, ascending by A, then
// B. An image with k classes adds to k(k−1)/2 of them.
func (c *Counts) Cooccurrence() []Cooccurrence {
	var out []Cooccurrence
	images := make([]int64, len(c.Categories)) // with class A and the class of the index
	for a, at := range c.pairsOfClasses() {
		var last int32
		for _, i := range at {
			for _, p := range c.Pairs[i+1:] {
				if p.Image != c.Pairs[i].Image {
					break
				}
				images[p.Class]++
				last = max(last, p.Class)
			}
		}
		for b := int32(a) + 1; b <= last; b++ {
			if images[b] > 0 {
				out = append(out, Cooccurrence{int32(a), b, images[b]})
				images[b] = 0
			}
		}
	}
	return out
}

// pairsOfClasses returns, for each class, the places of its pairs.
func (c *Counts) pairsOfClasses() [][]int32 {
	out := make([][]int32, len(c.Categories))
	places := make([]int32, len(c.Pairs))
	from := int64(0)
	for i := range out {
		n := c.Images[i]
		out[i] = places[from : from : from+n]
		from += n
	}
	for i, p := range c.Pairs {
		out[p.Class] = append(out[p.Class], int32(i))
	}
	return out
}
