package main

import (
	"bufio"
	"bytes"
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
)

// The detector that is imitated finds so much of the objects, and finds one
// again and again before it turns to the background.
const (
	foundShare = 0.85
	again      = 3 // further boxes of a found object, on average
)

// detection is an element of the results.
type detection struct {
	class int64
	box   [4]float64
	score float64
}

// generator draws detections.
type generator struct {
	*truth
	rng  *rand.Rand
	line []byte
}

func newGenerator(t *truth, seed uint64) *generator {
	return &generator{truth: t, rng: rand.New(rand.NewPCG(seed, 0x64657465))}
}

// write writes n detections. An image's share grows with its objects.
func (g *generator) write(out *bufio.Writer, n int) error {
	weight := len(g.Annotations) + 3*len(g.Images)
	sum, written := 0, 0
	separator := "["
	var list []detection
	for i := range g.Images {
		sum += len(g.objects[i]) + 3
		upTo := int(int64(n) * int64(sum) / int64(weight))
		list = g.image(list[:0], i, upTo-written)
		written = upTo
		for _, d := range list {
			out.WriteString(separator)
			separator = ", "
			if err := g.element(out, g.Images[i].ID, d); err != nil {
				return err
			}
		}
	}
	if n == 0 {
		out.WriteString("[")
	}
	_, err := out.WriteString("]\n")
	return err
}

// image draws n detections of one image, the best first.
func (g *generator) image(list []detection, i, n int) []detection {
	for _, a := range g.objects[i] {
		if len(list) >= n || g.rng.Float64() > foundShare {
			continue
		}
		score := 0.05 + 0.93*math.Sqrt(g.rng.Float64())
		list = append(list, detection{a.CategoryID, g.near(a.BBox, 0.02+0.13*g.rng.Float64()), score})
		for range min(int(g.rng.ExpFloat64()*again), n-len(list)) {
			class := a.CategoryID
			if g.rng.Float64() < 0.2 {
				class = g.anyClass()
			}
			list = append(list, detection{class, g.near(a.BBox, 0.1+0.3*g.rng.Float64()), score * math.Pow(g.rng.Float64(), 3)})
		}
	}
	for len(list) < n {
		class := g.anyClass()
		if here := g.objects[i]; len(here) > 0 && g.rng.Float64() < 0.5 {
			class = here[g.rng.IntN(len(here))].CategoryID
		}
		list = append(list, detection{class, g.anyBox(i), 0.3 * math.Pow(g.rng.Float64(), 6)})
	}
	slices.SortStableFunc(list, func(a, b detection) int { return cmp.Compare(b.score, a.score) })
	return list
}

// anyClass draws a class by its number of objects.
func (g *generator) anyClass() int64 { return g.Annotations[g.rng.IntN(len(g.Annotations))].CategoryID }

// near moves and scales a box by the given part of its size.
func (g *generator) near(box [4]float64, part float64) [4]float64 {
	for k := range 2 {
		size := box[2+k]
		box[k] += g.rng.NormFloat64() * part * size / 2
		box[2+k] = math.Abs(size * (1 + g.rng.NormFloat64()*part))
	}
	return box
}

// anyBox draws a box inside the image, small ones more often.
func (g *generator) anyBox(i int) (box [4]float64) {
	for k, size := range [2]int{g.Images[i].Width, g.Images[i].Height} {
		length := float64(max(size, 2))
		box[2+k] = length * math.Exp(-4*g.rng.Float64())
		box[k] = g.rng.Float64() * (length - box[2+k])
	}
	return box
}

// element writes a detection with the precision and spacing that exporters in
// Python give it: pixels to 3 decimals, scores to 5.
func (g *generator) element(out *bufio.Writer, image int64, d detection) error {
	b := strconv.AppendInt(append(g.line[:0], `{"image_id": `...), image, 10)
	b = strconv.AppendInt(append(b, `, "category_id": `...), d.class, 10)
	b = append(b, `, "bbox": [`...)
	for k, v := range d.box {
		if k > 0 {
			b = append(b, ", "...)
		}
		least := math.Inf(-1)
		if k > 1 {
			least = 0.001 // a width or height
		}
		b = number(b, rounded(v, 3, least))
	}
	b = number(append(b, `], "score": `...), rounded(d.score, 5, 0.00001))
	g.line = append(b, '}')
	_, err := out.Write(g.line)
	return err
}

// number appends v as Python's repr writes it.
func number(b []byte, v float64) []byte {
	from := len(b)
	b = strconv.AppendFloat(b, v, 'f', -1, 64)
	if bytes.IndexByte(b[from:], '.') < 0 {
		b = append(b, ".0"...)
	}
	return b
}
