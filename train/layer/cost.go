package layer

// Cost is what a network takes, in numbers of 4 bytes.
type Cost struct {
	Parameters  float64
	Activations float64 // of one image: the outputs of all convolutions and normalisations
	Kept        float64 // of these: what the way back needs
	Largest     float64 // of these: the largest output
}

// Count adds a layer with so many parameters whose output has so many channels,
// at the builder's stride.
func (b *Builder) Count(parameters, channels float64) {
	n := channels * b.area / (b.stride * b.stride)
	b.cost.Parameters += parameters
	b.cost.Activations += n
	b.cost.Kept += n
	b.cost.Largest = max(b.cost.Largest, n)
}

// At says that the layers to come take features of a stride: where a network
// branches, its builder has to go back.
func (b *Builder) At(stride float64) { b.stride = stride }

// Stride returns the stride of the features that the last layer gives.
func (b *Builder) Stride() float64 { return b.stride }

// Cost returns what was counted so far.
func (b *Builder) Cost() Cost { return b.cost }
