package train

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cocostat/internal/safetensors"
	"cocostat/internal/statedict"
	"cocostat/train/backbone"
	"cocostat/train/centernet"
	"cocostat/train/data"
	"cocostat/train/detector"
	"cocostat/train/layer"
	"cocostat/train/model"
	"cocostat/train/torchx"
)

const torchvisionFile = "testdata/mobilenet_v2.pth"

func narrow(t *testing.T, width float64) detector.Detector {
	t.Helper()
	return narrowDetector(t, width, 2, 7)
}

func narrowDetector(t *testing.T, width float64, classes int, seed uint64) detector.Detector {
	t.Helper()
	c := model.Config{Backbone: "mobilenet_v2", Width: width, Classes: classes}
	c.Config = centernet.Config{Neck: []int{8, 8, 8}, HeadChannels: 8, HeatmapBias: -2}
	net, err := c.New(seed)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func contents(t *testing.T, net detector.Detector) map[string][]float32 {
	t.Helper()
	all := map[string][]float32{}
	for _, e := range net.Entries() {
		n := int64(1)
		for _, s := range e.Shape {
			n *= s
		}
		v := make([]float32, n)
		if err := torchx.Read(e.Tensor, v); err != nil {
			t.Fatal(err)
		}
		all[e.Name] = v
	}
	return all
}

// features runs the backbone on the image of testdata/make_pretrained.py.
func features(t *testing.T, net detector.Detector) []float32 {
	t.Helper()
	mean, std := data.Normalisation()
	x := make([]float32, 3*64*64)
	for i := range x {
		c := i / (64 * 64)
		x[i] = float32(((1+math.Cos(0.01*float64(i)))/2 - mean[c]) / std[c])
	}
	var out []float32
	values := contents(t, net)
	if err := torchx.Step(func() error {
		b := layer.NewBuilder(1)
		body := backbone.New(b, "backbone", "mobilenet_v2", backbone.Options{Width: 0.1, Halvings: 5})
		for _, e := range b.Network().Entries() {
			if err := torchx.Write(e.Tensor, values[e.Name]); err != nil {
				return err
			}
		}
		b.Network().SetTraining(false)
		images, err := torchx.FromFloats(x, []int64{1, 3, 64, 64}, "cpu", torchx.Contiguous)
		if err != nil {
			return err
		}
		torchx.NoGrad(func() {
			y := body.Last(images)
			n, _ := torchx.Numel(y)
			out = make([]float32, n)
			err = torchx.Read(y, out)
		})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// furthest is the largest difference of a and b.
func furthest(t *testing.T, a []float32, b []float64) (d float64) {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("%d features, want %d", len(a), len(b))
	}
	for i := range a {
		d = max(d, math.Abs(float64(a[i])-b[i]))
	}
	return d
}

// With torchvision's weights the backbone computes torchvision's features of
// an image, although its input is normalised differently.
func TestPretrainedFeaturesAreTorchvisions(t *testing.T) {
	raw, err := os.ReadFile("testdata/mobilenet_v2.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct{ Exact, Plain []float64 }
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	net := narrow(t, 0.1)
	report, err := LoadPretrained(net.Entries(), torchvisionFile)
	if err != nil {
		t.Fatal(err)
	}
	got := features(t, net)
	if d := furthest(t, got, want.Exact); d > 2e-6 {
		t.Errorf("features differ by %g from torchvision's with our colour beyond the edge", d)
	}
	if d := furthest(t, got, want.Plain); d > 1e-4 {
		t.Errorf("features differ by %g from torchvision's", d)
	}
	// Without the adaptation they would not be the same.
	d, err := statedict.Read(torchvisionFile)
	if err != nil {
		t.Fatal(err)
	}
	values, err := new(PretrainedReport).match(net.Entries(), d)
	if err != nil {
		t.Fatal(err)
	}
	weight, mean := firstLayer(net.Entries())
	for _, e := range net.Entries() {
		if e.Name == weight || e.Name == mean {
			if err := torchx.Write(e.Tensor, values[e.Name]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if d := furthest(t, features(t, net), want.Exact); d < 1e-3 {
		t.Errorf("without the adaptation features differ by %g only: the test shows nothing", d)
	}
	// The first layer, a block of two convolutions and 16 of three, each with
	// five tensors.
	if want := 5 * (1 + 2 + 16*3); len(report.Loaded) != want {
		t.Errorf("%d tensors loaded, want %d", len(report.Loaded), want)
	}
	notes := strings.Join(report.Notes(), "\n")
	for _, want := range []string{"features.18.* (5)", "classifier.* (2)", "*.num_batches_tracked (52)", "neck.0.* (", "heads.size.* (", "ImageNet"} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes lack %q:\n%s", want, notes)
		}
	}
}

// The same tensors as safetensors, with a wrapper's prefix, load alike.
func TestPretrainedFormats(t *testing.T) {
	d, err := statedict.Read(torchvisionFile)
	if err != nil {
		t.Fatal(err)
	}
	var f safetensors.File
	for _, x := range d.Tensors {
		f.Tensors = append(f.Tensors, safetensors.Tensor{Name: "module." + x.Name, Shape: x.Shape, Data: x.Floats()})
	}
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if err := safetensors.WriteFile(path, f); err != nil {
		t.Fatal(err)
	}
	a, b := narrow(t, 0.1), narrow(t, 0.1)
	before := contents(t, a)
	first, err := LoadPretrained(a.Entries(), torchvisionFile)
	if err != nil {
		t.Fatal(err)
	}
	second, err := LoadPretrained(b.Entries(), path)
	if err != nil || !slices.Equal(first.Loaded, second.Loaded) || first.Numbers != second.Numbers {
		t.Errorf("safetensors: %+v, %v", second, err)
	}
	x, y := contents(t, a), contents(t, b)
	for name := range x {
		loaded := slices.Contains(first.Loaded, name)
		if !slices.Equal(x[name], y[name]) || !loaded && !slices.Equal(x[name], before[name]) {
			t.Errorf("%s (loaded: %v) differs", name, loaded)
		}
	}
}

// A checkpoint of this program is taken as it is, also one that another program
// wrote again without its metadata: its normalisation is ours. Heads of other
// classes stay as they were.
func TestPretrainedFromCheckpoint(t *testing.T) {
	from := narrow(t, 0.1)
	var f safetensors.File
	values := contents(t, from)
	for _, e := range from.Entries() {
		f.Tensors = append(f.Tensors, safetensors.Tensor{Name: e.Name, Shape: e.Shape, Data: values[e.Name]})
	}
	path := filepath.Join(t.TempDir(), "best.safetensors")
	if err := safetensors.WriteFile(path, f); err != nil {
		t.Fatal(err)
	}
	net := narrowDetector(t, 0.1, 5, 8)
	report, err := LoadPretrained(net.Entries(), path)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"heads.heatmap.out.weight", "heads.heatmap.out.bias"}; report.Adapted || !slices.Equal(report.Fresh, want) || !slices.Equal(report.Unused, want) {
		t.Errorf("%+v", report)
	}
	x, y := values, contents(t, net)
	for _, name := range report.Loaded {
		if !slices.Equal(x[name], y[name]) {
			t.Errorf("%s differs", name)
		}
	}
}

// What does not fit is refused, and the network stays as it was.
func TestPretrainedRefused(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, tensors ...safetensors.Tensor) string {
		path := filepath.Join(dir, name)
		if err := safetensors.WriteFile(path, safetensors.File{Tensors: tensors}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	nan := make([]float32, 8*27)
	nan[5] = float32(math.NaN())
	first := safetensors.Tensor{Name: "features.0.0.weight", Shape: []int64{8, 3, 3, 3}, Data: nan}
	net := narrow(t, 0.1)
	before := contents(t, net)
	for _, c := range []struct {
		net  detector.Detector
		path string
		want []string
	}{
		{narrow(t, 1), torchvisionFile, []string{"features.0.0.weight", "[8 3 3 3]", "[32 3 3 3]", "width"}},
		{net, write("other.safetensors", safetensors.Tensor{Name: "conv1.weight", Shape: []int64{1}, Data: []float32{1}}), []string{"conv1.weight", "features.0.0.weight"}},
		{net, write("none.safetensors"), []string{"no tensors"}},
		{net, write("nan.safetensors", first), []string{"not finite", "features.0.0.weight"}},
		{net, filepath.Join(dir, "gone.pth"), []string{"gone.pth"}},
		{net, "testdata/make_pretrained.py", []string{"neither safetensors nor"}},
	} {
		_, err := LoadPretrained(c.net.Entries(), c.path)
		if err == nil {
			t.Errorf("%s was loaded", c.path)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: error %q does not mention %q", c.path, err, w)
			}
		}
	}
	for name, v := range contents(t, net) {
		if !slices.Equal(v, before[name]) {
			t.Errorf("a refused file changed %s", name)
		}
	}
}

// The backbone of a checkpoint alone, with the checkpoint's metadata, is taken
// as it is; without them it looks like torchvision's and is adapted.
func TestPretrainedFromBackboneOfCheckpoint(t *testing.T) {
	from := narrow(t, 0.1)
	values := contents(t, from)
	var f safetensors.File
	for _, e := range from.Entries() {
		if strings.HasPrefix(e.Name, "backbone.") {
			f.Tensors = append(f.Tensors, safetensors.Tensor{Name: e.Name, Shape: e.Shape, Data: values[e.Name]})
		}
	}
	path := filepath.Join(t.TempDir(), "backbone.safetensors")
	const first = "backbone.features.0.0.weight"
	for _, metadata := range []map[string]string{nil, {"cocostat.format": "checkpoint/2"}} {
		f.Metadata = metadata
		if err := safetensors.WriteFile(path, f); err != nil {
			t.Fatal(err)
		}
		net := narrow(t, 0.1)
		report, err := LoadPretrained(net.Entries(), path)
		if err != nil {
			t.Fatal(err)
		}
		asItIs := slices.Equal(contents(t, net)[first], values[first])
		if own := metadata != nil; report.Adapted == own || asItIs != own {
			t.Errorf("metadata %v: adapted %v, first layer as it is %v", metadata, report.Adapted, asItIs)
		}
	}
}
