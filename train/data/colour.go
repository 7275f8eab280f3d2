package data

import "math/rand/v2"

// Mean and deviation of the network's input per channel, R G B, of values in
// [0, 1], and the principal components of ImageNet's colours: eigenvalues of the
// covariance, eigenvectors in the columns. CenterNet has them in the order
// B G R, mean and deviation with eight digits, in
// src/lib/datasets/dataset/coco.py, with the three digits here in
// src/lib/opts.py; the rows are reversed here.
var (
	mean = [3]float64{0.470, 0.447, 0.408}
	std  = [3]float64{0.278, 0.274, 0.289}

	eigenvalues  = [3]float64{0.2141788, 0.01817699, 0.00341571}
	eigenvectors = [3][3]float64{
		{-0.56089297, 0.71832671, 0.41158938},
		{-0.5832747, 0.00994535, -0.81221408},
		{-0.58752847, -0.69563484, 0.41340352},
	}
	luminance = [3]float64{0.299, 0.587, 0.114}
)

// jitter is what is drawn for the colours of one image.
type jitter struct {
	order    [3]int     // of brightness (0), contrast (1), saturation (2)
	factor   [3]float64 // of each, 1 = unchanged
	lighting [3]float64 // along each principal component
}

// drawJitter takes the same random numbers whatever is switched on.
func (a Augment) drawJitter(rng *rand.Rand) jitter {
	j := jitter{order: [3]int{0, 1, 2}}
	rng.Shuffle(3, func(i, k int) { j.order[i], j.order[k] = j.order[k], j.order[i] })
	for i := range j.factor {
		j.factor[i] = 1 + a.Jitter*(2*rng.Float64()-1)
	}
	for i := range j.lighting {
		j.lighting[i] = a.Lighting * rng.NormFloat64()
	}
	return j
}

// colourMatrix is an affine map of R, G, B: row c gives channel c of the
// result, its last element is added.
type colourMatrix [3][4]float64

// matrix composes the steps of color_aug (CenterNet's src/lib/utils/image.py) on
// values in [0, 1]. L is the luminance
// of the unchanged pixel, m its mean over the image:
//
//	brightness: v ← f·v    contrast: v ← f·v + (1−f)·m
//	saturation: v ← f·v + (1−f)·L    lighting: v ← v + Σ_k e_k·λ_k·a_k
//
// All are affine in the pixel once m is known, so that one matrix does them.
func (j jitter) matrix(meanLuminance float64) colourMatrix {
	m := colourMatrix{{0: 1}, {1: 1}, {2: 1}}
	for _, step := range j.order {
		f := j.factor[step]
		for c := range m {
			for k := range m[c] {
				m[c][k] *= f
			}
			switch step {
			case 1:
				m[c][3] += (1 - f) * meanLuminance
			case 2:
				for k, l := range luminance {
					m[c][k] += (1 - f) * l
				}
			}
		}
	}
	for c := range m {
		for k, a := range j.lighting {
			m[c][3] += eigenvectors[c][k] * eigenvalues[k] * a
		}
	}
	return m
}

// normalised appends the network's normalisation, and takes bytes (0…255)
// instead of values in [0, 1] as its input.
func (m colourMatrix) normalised() (n [3][4]float32) {
	for c := range m {
		for k := range 3 {
			n[c][k] = float32(m[c][k] / (255 * std[c]))
		}
		n[c][3] = float32((m[c][3] - mean[c]) / std[c])
	}
	return n
}

// recolour writes m of the three planes of an area to the left top of an input,
// H×W×3.
func recolour(dst, planes []float32, input, area Size, m *[3][4]float32) {
	n := area.Width * area.Height
	for j := range area.Height {
		from := j * area.Width
		recolourRow(dst[3*j*input.Width:][:3*area.Width], planes[from:n], planes[n+from:2*n], planes[2*n+from:3*n], m)
	}
}

func recolourRow(dst, r, g, b []float32, m *[3][4]float32) {
	n := len(dst) / 3
	r, g, b = r[:n], g[:n], b[:n]
	for i, x := range r {
		y, z := g[i], b[i]
		out := dst[3*i:][:3]
		out[0] = m[0][0]*x + m[0][1]*y + m[0][2]*z + m[0][3]
		out[1] = m[1][0]*x + m[1][1]*y + m[1][2]*z + m[1][3]
		out[2] = m[2][0]*x + m[2][1]*y + m[2][2]*z + m[2][3]
	}
}
