package layer

import "math"

// AtOnce says that the layers to come take one cell a map, such as its mean; At
// goes back.
func (b *Builder) AtOnce() { b.stride = max(1, math.Sqrt(b.area)) }
