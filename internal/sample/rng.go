package sample

import "math/rand/v2"

// stream names what random numbers are used for, so that no two uses share
// them.
type stream uint64

const (
	streamDeal stream = iota
	streamScene
	streamRender
)

// split is the part of the set that an image belongs to.
type split uint64

const (
	train split = iota
	val
)

func (s split) String() string { return [...]string{"train", "val"}[s] }

// newRand returns the generator of one use for one image.
func newRand(seed uint64, use stream, s split, index int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, mix64(uint64(use)<<56|uint64(s)<<48|uint64(index))))
}

// mix64 is the finaliser of SplitMix64: neighbouring inputs give unrelated
// outputs.
func mix64(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// between returns a uniform number in [lo, hi).
func between(rng *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*rng.Float64() }

// chance is true with probability p.
func chance(rng *rand.Rand, p float64) bool { return rng.Float64() < p }
