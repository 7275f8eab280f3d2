package train

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cocostat/internal/safetensors"
	"cocostat/train/backbone"
	"cocostat/train/data"
	"cocostat/train/internal/pytorch"
	"cocostat/train/layer"
	"cocostat/train/torchx"
)

func bareBackbone(t *testing.T, name string, seed uint64) (*layer.Network, *backbone.Backbone) {
	t.Helper()
	b := layer.NewBuilder(seed)
	var body *backbone.Backbone
	if err := torchx.Step(func() error {
		body = backbone.New(b, "backbone", name, backbone.Full)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return b.Network(), body
}

// asFile are a network's entries as tensors of a file.
func asFile(t *testing.T, entries []layer.Entry, rename func(string) string) []safetensors.Tensor {
	t.Helper()
	var tensors []safetensors.Tensor
	for _, e := range entries {
		x := safetensors.Tensor{Name: rename(e.Name), Shape: e.Shape, Data: make([]float32, pytorch.Count(e.Shape))}
		if err := torchx.Read(e.Tensor, x.Data); err != nil {
			t.Fatal(err)
		}
		tensors = append(tensors, x)
	}
	return tensors
}

func theirName(name string) string { return strings.TrimPrefix(name, backbonePrefix) }

func writeTensors(t *testing.T, path string, tensors []safetensors.Tensor) {
	t.Helper()
	if err := safetensors.WriteFile(path, safetensors.File{Tensors: tensors}); err != nil {
		t.Fatal(err)
	}
}

// A file with the names of torchvision, or of the authors of DLA, is taken whole;
// what it holds beside the backbone is told.
func TestPretrainedOfEveryBackbone(t *testing.T) {
	for name, rest := range map[string]map[string]string{
		"resnet18":           {"fc.weight": "fc.* (2)", "fc.bias": "fc.* (2)", "bn1.num_batches_tracked": "*.num_batches_tracked"},
		"mobilenet_v3_large": {"features.16.0.weight": "features.16.*", "classifier.0.weight": "classifier.*"},
		"dla34":              {"level3.project.0.weight": "level3.*", "fc.weight": "fc.*"},
	} {
		from, _ := bareBackbone(t, name, 1)
		tensors := asFile(t, from.Entries(), theirName)
		for unused := range rest {
			tensors = append(tensors, safetensors.Tensor{Name: unused, Shape: []int64{1}, Data: []float32{1}})
		}
		path := filepath.Join(t.TempDir(), name+".safetensors")
		writeTensors(t, path, tensors)
		to, _ := bareBackbone(t, name, 2)
		report, err := LoadPretrained(to.Entries(), path)
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Loaded) != len(to.Entries()) || len(report.Fresh) > 0 || !report.Adapted {
			t.Errorf("%s: %d of %d tensors loaded, %v left, adapted: %v", name, len(report.Loaded), len(to.Entries()), report.Fresh, report.Adapted)
		}
		notes := strings.Join(report.Notes(), "\n")
		for unused, told := range rest {
			if !slices.Contains(report.Unused, unused) || !strings.Contains(notes, told) {
				t.Errorf("%s: the notes do not tell of %s:\n%s", name, unused, notes)
			}
		}
		got := asFile(t, to.Entries(), theirName)
		checkAdapted(t, name, tensors[0].Data, got[0].Data)
		last := len(got) - 1
		if !slices.Equal(got[last].Data, tensors[last].Data) || !slices.Equal(got[5].Data, tensors[5].Data) {
			t.Errorf("%s: other layers than the first differ from the file's", name)
		}
	}
}

// checkAdapted compares the first weights to the file's times our deviation by
// ImageNet's, of red, green and blue.
func checkAdapted(t *testing.T, name string, before, after []float32) {
	t.Helper()
	kernel := 9
	if len(before)%49 == 0 {
		kernel = 49
	}
	for i := range before {
		factor := [3]float64{0.278 / 0.229, 0.274 / 0.224, 0.289 / 0.225}[i/kernel%3]
		if want := float64(before[i]) * factor; math.Abs(float64(after[i])-want) > 1e-6*math.Abs(want) {
			t.Errorf("%s: first weight %d is %g, want %g", name, i, after[i], want)
			return
		}
	}
}

// ResNets share names and shapes, so that one's file would half fit another.
func TestPretrainedOfAnotherResNet(t *testing.T) {
	for file, network := range map[string]string{"resnet34": "resnet18", "resnet50": "resnet18"} {
		from, _ := bareBackbone(t, file, 1)
		path := filepath.Join(t.TempDir(), file+".safetensors")
		writeTensors(t, path, asFile(t, from.Entries(), theirName))
		to, _ := bareBackbone(t, network, 2)
		before := asFile(t, to.Entries(), theirName)
		want := "layer1 has"
		if file == "resnet50" {
			want = "another backbone"
		}
		if _, err := LoadPretrained(to.Entries(), path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s into %s: error %v", file, network, err)
		}
		for i, x := range asFile(t, to.Entries(), theirName) {
			if !slices.Equal(x.Data, before[i].Data) {
				t.Fatalf("%s into %s: a refused file changed %s", file, network, x.Name)
			}
		}
	}
}

// torchvisionPython is a Python that has torchvision.
func torchvisionPython(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(python, "-c", "import torchvision").Run() == nil {
			return python
		}
	}
	t.Skip("no Python with torchvision: Debian's is the package python3-torchvision")
	return ""
}

// Weights of torchvision's networks go to ours and, from a checkpoint of ours,
// back by load_state_dict(strict=True); the features are the same all the way.
// COCOSTAT_ROUNDTRIP names other networks than the small ones.
func TestRoundTripThroughTorchvision(t *testing.T) {
	python := torchvisionPython(t)
	const script = "testdata/roundtrip.py"
	names := []string{"resnet18", "mobilenet_v3_large", "dla34"}
	if more := os.Getenv("COCOSTAT_ROUNDTRIP"); more != "" {
		names = strings.Fields(more)
	}
	dir := t.TempDir()
	call := func(what string) string {
		out, err := exec.Command(python, append([]string{script, what, dir}, names...)...).Output()
		if e, failed := err.(*exec.ExitError); failed {
			t.Fatalf("%s %s: %v\n%s", script, what, err, e.Stderr)
		} else if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	call("make")
	for _, name := range names {
		network, body := bareBackbone(t, name, 3)
		report, err := LoadPretrained(network.Entries(), filepath.Join(dir, name+".pth"))
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Fresh) > 0 || !report.Adapted {
			t.Errorf("%s: %v left as they were, adapted: %v", name, report.Fresh, report.Adapted)
		}
		writeTensors(t, filepath.Join(dir, name+".safetensors"), asFile(t, network.Entries(), func(n string) string { return n }))
		writeFeatures(t, filepath.Join(dir, name+".json"), network, body)
	}
	for line := range strings.Lines(call("check")) {
		name, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		d, err := strconv.ParseFloat(number, 64)
		t.Logf("%s: features differ by %.1e of the largest", name, d)
		if err != nil || !(d <= 1e-5) || name != names[0] {
			t.Errorf("%s: features differ by %s of the largest", name, number)
		}
		names = names[1:]
	}
	if len(names) > 0 {
		t.Errorf("%v were not checked", names)
	}
}

// writeFeatures writes the last map of the script's image, in our normalisation.
func writeFeatures(t *testing.T, path string, network *layer.Network, body *backbone.Backbone) {
	t.Helper()
	mean, std := data.Normalisation()
	image := pytorch.NoiseInput(1000, 1, 3, 64, 96)
	for i, x := range image.Data {
		c := i / (64 * 96)
		image.Data[i] = float32(((1+float64(x))/2 - mean[c]) / std[c])
	}
	network.SetTraining(false)
	var out []float32
	if err := torchx.Step(func() error {
		x, err := torchx.FromFloats(image.Data, image.Shape, "cpu", torchx.Contiguous)
		if err != nil {
			return err
		}
		y := body.Last(x)
		n, err := torchx.Numel(y)
		if err != nil {
			return err
		}
		out = make([]float32, n)
		return torchx.Read(y, out)
	}); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
}
