package export

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"cocostat/internal/cli"
	"cocostat/internal/onnx"
	"cocostat/train"
	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/torchx"
)

// Options say what a model is like. Default returns the defaults.
type Options struct {
	// Width and Height are those of the inputs in pixels, multiples of the network's
	// stride; 0: they are free, and so is the number of images in any case.
	Width, Height int
	Top           int  // K, the detections of an image, at least 1
	Raw           bool // the outputs are the maps of the heads
	Half          bool // weights are float16 in the file; computing is in float32
	Deform        DeformKind
}

// Default are the settings of which a model runs in most places.
func Default() Options { return Options{Top: 100, Deform: DeformComposed} }

// Check reports settings that no model of the checkpoint's network can have.
func (o Options) Check(c *train.Checkpoint) error {
	stride := c.Config.Model.Stride()
	switch {
	case o.Top < 1:
		return fmt.Errorf("%d detections of an image, want at least 1", o.Top)
	case (o.Width == 0) != (o.Height == 0) || o.Width < 0 || o.Height < 0:
		return fmt.Errorf("inputs of %d×%d pixels: give both sides, or none", o.Width, o.Height)
	case o.Width%stride != 0 || o.Height%stride != 0:
		return fmt.Errorf("inputs of %d×%d pixels: the sides must be multiples of %d, the stride of %s", o.Width, o.Height, stride, c.Config.Model)
	}
	return nil
}

// opset returns the operator set that the model needs.
func (o Options) opset() int64 {
	if o.Deform == DeformNative {
		return 19
	}
	return 17
}

// Write writes the network of a checkpoint as an ONNX model.
func Write(w io.Writer, c *train.Checkpoint, o Options) error {
	if err := o.Check(c); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	net, err := c.Network()
	if err != nil {
		return err
	}
	m := &onnx.Model{Name: c.Config.Model.String(), Producer: "cocostat", ProducerVersion: cli.Version(), Opset: o.opset()}
	m.Half = o.Half
	if m.Metadata, err = metadata(c); err != nil {
		return err
	}
	err = torchx.Step(func() error { return o.build(&m.Graph, net, c.Config.Model.Stride()) })
	if err != nil {
		return err
	}
	return m.Write(w)
}

// build writes the graph.
func (o Options) build(g *onnx.Graph, net detector.Detector, stride int) error {
	images := g.Input("images", onnx.Float, onnx.Dim{Name: "batch"}, onnx.Dim{Size: 3}, o.side(o.Height, "height"), o.side(o.Width, "width"))
	n := &network{Graph: g, deform: o.Deform}
	maps, err := n.add(net, normalised(g, images), stride)
	if err != nil {
		return err
	}
	if o.Raw {
		for i, name := range net.Maps() {
			g.Output(maps[i], name, onnx.Float, free("batch", name+"_channels", name+"_rows", name+"_columns")...)
		}
		return nil
	}
	found := net.Decode(g, images, maps, o.Top)
	rows := free("batch", "detections")
	g.Output(found.Boxes, "boxes", onnx.Float, append(rows, onnx.Dim{Size: 4})...)
	g.Output(found.Scores, "scores", onnx.Float, rows...)
	g.Output(found.Labels, "labels", onnx.Int64, rows...)
	return nil
}

// side is a dimension of the input, by name if it is free.
func (o Options) side(pixels int, name string) onnx.Dim {
	if pixels == 0 {
		return onnx.Dim{Name: name}
	}
	return onnx.Dim{Size: int64(pixels)}
}

func free(names ...string) []onnx.Dim {
	dims := make([]onnx.Dim, len(names))
	for i, name := range names {
		dims[i].Name = name
	}
	return dims
}

// normalised are images as the network was trained with them.
func normalised(g *onnx.Graph, images onnx.Value) onnx.Value {
	mean, deviation := data.Normalisation()
	channels := func(v [3]float64) onnx.Value {
		return g.Floats([]float32{float32(v[0]), float32(v[1]), float32(v[2])}, 1, 3, 1, 1)
	}
	return g.Div(g.Sub(images, channels(mean)), channels(deviation))
}

// metadata tells what the model is and what its labels mean.
func metadata(c *train.Checkpoint) ([][2]string, error) {
	mean, deviation := data.Normalisation()
	names, ids := make([]string, len(c.Classes)), make([]int64, len(c.Classes))
	for i, class := range c.Classes {
		names[i], ids[i] = class.Name, class.ID
	}
	var list [][2]string
	for _, entry := range []struct {
		key   string
		value any
	}{{"names", names}, {"category_ids", ids}, {"mean", mean}, {"std", deviation}, {"model", c.Config.Model}} {
		text, err := json.Marshal(entry.value)
		if err != nil {
			return nil, fmt.Errorf("export: %s: %w", entry.key, err)
		}
		list = append(list, [2]string{entry.key, string(text)})
	}
	return append(list, [2]string{"stride", strconv.Itoa(c.Config.Model.Stride())}), nil
}
