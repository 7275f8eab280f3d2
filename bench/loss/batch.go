package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"cocostat/balance"
)

// shape is that of the heatmaps of 16 images of 512×512 with COCO's classes.
var shape = balance.Shape{16, 80, 128, 128}

// objects is how many an image has; COCO's mean is 7.3.
const objects = 7

// settings are what the batch's numbers do not say.
type settings struct {
	Shape      balance.Shape `json:"shape"`
	Tail       []bool        `json:"tail"`       // classes that EQL takes for the tail
	Background float64       `json:"background"` // weight of its background there
}

// batch is what the losses are computed of.
type batch struct {
	settings
	logits, heatmap, weights []float32
}

// makeBatch writes a batch: logits about where CenterNet's bias puts them,
// Gaussians around the objects, and class weights between 1/2 and 2.
func makeBatch(dir string) error {
	r := rand.New(rand.NewPCG(1, 2))
	n := shape[0] * shape[1] * shape[2] * shape[3]
	b := &batch{settings{shape, make([]bool, shape[1]), 1}, make([]float32, n), make([]float32, n), make([]float32, shape[0]*shape[1])}
	for i := range b.logits {
		b.logits[i] = float32(-2.19 + 1.5*r.NormFloat64())
	}
	for i := range b.weights {
		b.weights[i] = float32(math.Exp2(2*r.Float64() - 1))
	}
	for i := range b.Tail {
		b.Tail[i] = i%3 == 0
	}
	for image := range shape[0] {
		for range objects {
			b.draw(image*shape[1]+r.IntN(shape[1]), r.IntN(shape[2]), r.IntN(shape[3]), int(2+math.Exp(3*r.Float64())))
		}
	}
	return b.write(dir)
}

// draw puts an object's Gaussian into a plane.
func (b *batch) draw(plane, y, x, radius int) {
	sigma := float64(2*radius+1) / 6
	for i := max(0, y-radius); i <= min(shape[2]-1, y+radius); i++ {
		for j := max(0, x-radius); j <= min(shape[3]-1, x+radius); j++ {
			at := &b.heatmap[(plane*shape[2]+i)*shape[3]+j]
			*at = max(*at, float32(math.Exp(-float64((i-y)*(i-y)+(j-x)*(j-x))/(2*sigma*sigma))))
		}
	}
}

func (b *batch) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, values := range map[string][]float32{"logits": b.logits, "heatmap": b.heatmap, "weights": b.weights} {
		var raw bytes.Buffer
		if err := binary.Write(&raw, binary.LittleEndian, values); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+".f32"), raw.Bytes(), 0o644); err != nil {
			return err
		}
	}
	text, err := json.Marshal(b.settings)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "settings.json"), text, 0o644)
}

func readBatch(dir string) (*batch, error) {
	b := &batch{}
	text, err := os.ReadFile(filepath.Join(dir, "settings.json"))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &b.settings); err != nil {
		return nil, fmt.Errorf("%s: settings.json: %w", dir, err)
	}
	for name, to := range map[string]*[]float32{"logits": &b.logits, "heatmap": &b.heatmap, "weights": &b.weights} {
		raw, err := os.ReadFile(filepath.Join(dir, name+".f32"))
		if err != nil {
			return nil, err
		}
		*to = make([]float32, len(raw)/4)
		if err := binary.Read(bytes.NewReader(raw), binary.LittleEndian, *to); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// loss returns a loss by the name that it has in the table, and whether it is
// weighted by class.
func (b *batch) loss(name string) (l balance.HeatmapLoss, weighted bool, err error) {
	switch name {
	case "focal":
		return balance.HeatmapLoss{Gamma: balance.Gamma}, false, nil
	case "BOFL":
		return balance.HeatmapLoss{Gamma: balance.Gamma}, true, nil
	case "CBL":
		return balance.HeatmapLoss{Gamma: balance.Gamma, Weighting: balance.LocationWise}, true, nil
	case "EQL":
		return balance.NewEqualised(b.Tail, b.Background), false, nil
	case "cross-entropy":
		return balance.HeatmapLoss{}, false, nil
	}
	return l, false, fmt.Errorf("unknown loss %q", name)
}
