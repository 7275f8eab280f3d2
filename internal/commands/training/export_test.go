package training

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/cli"
	"cocostat/internal/commands/shared/commandtest"
	"cocostat/internal/safetensors"
)

// runTrain runs the program, and returns what it prints.
func runTrain(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if code := cli.Run(context.Background(), NewTrain, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &out}, args); code != want {
		t.Fatalf("train %v: exit %d, want %d: %s", args, code, want, out.String())
	}
	return out.String()
}

// pngs writes the validation images of a set as PNG, which all programs decode alike.
func pngs(t *testing.T, set string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	paths, err := filepath.Glob(filepath.Join(set, "val", "*.jpg"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no images", err)
	}
	for _, path := range paths {
		picture, _, err := image.Decode(strings.NewReader(read(t, path)))
		if err != nil {
			t.Fatal(err)
		}
		var to bytes.Buffer
		if err := png.Encode(&to, picture); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(path)+".png"), to.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// ONNX's checker takes the model of every kind of network, and ONNX Runtime finds with it what
// predict finds: to 1e-4 in scores and 0.05 pixels.
func TestExportLikePredict(t *testing.T) {
	python := commandtest.Interop(t, "onnx", "bin/python")
	set, _ := trained()
	images := pngs(t, set)
	for _, c := range []struct {
		network []string
		models  [][]string // flags of export
	}{
		{[]string{"--epochs", "1", "--lr", "1e-3", "--detector", "centernet", "--backbone", "mobilenet_v2"}, [][]string{nil, {"--size", "64"}, {"--top", "7"}}},
		{[]string{"--epochs", "1", "--lr", "1e-3", "--detector", "centernet", "--backbone", "mobilenet_v3_large"}, [][]string{nil}},
		{[]string{"--epochs", "1", "--lr", "1e-3", "--detector", "centernet", "--backbone", "resnet18"}, [][]string{nil, {"--deform", "native"}}},
		{[]string{"--epochs", "1", "--lr", "1e-3", "--detector", "centernet", "--backbone", "dla34"}, [][]string{{"--size", "64x64"}}},
		{[]string{"--epochs", "8", "--lr", "3e-3", "--optimiser", "adam", "--loss", "focal", "--detector", "fcos", "--backbone", "mobilenet_v2", "--width", "0.35"}, [][]string{nil, {"--half"}}},
	} {
		t.Run(strings.Join(c.network, " "), func(t *testing.T) {
			run, model := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "model.onnx")
			runTrain(t, cli.ExitOK, append([]string{set, "-o", run, "--size", "64", "--batch", "4", "--ema", "0.5", "--threads", "2"}, c.network...)...)
			checkpoint := filepath.Join(run, "last.safetensors")
			for _, flags := range c.models {
				top, scores := "100", "1e-4"
				if len(flags) > 0 && flags[0] == "--top" {
					top = flags[1]
				}
				if len(flags) > 0 && flags[0] == "--half" {
					scores = "2e-3" // float16 has 11 bits
				}
				found := filepath.Join(t.TempDir(), "found.json")
				runTrain(t, cli.ExitOK, "predict", "--checkpoint", checkpoint, images, "--threshold", "0", "--top", top, "--format", "json", "-o", found)
				runTrain(t, cli.ExitOK, append([]string{"export", "--checkpoint", checkpoint, "-o", model}, flags...)...)
				t.Logf("%v: %s", flags, commandtest.Output(t, python, "testdata/onnx_like_predict.py", model, found, scores, "0.05"))
			}
		})
	}
}

func TestExportErrors(t *testing.T) {
	_, run := trained()
	checkpoint, model := filepath.Join(run, "last.safetensors"), filepath.Join(t.TempDir(), "m.onnx")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-o", model, "--size", "500"}, "must be multiples of 32, the stride of"},
		{[]string{"-o", model, "--size", "64x"}, "want free, a side in pixels such as 512, or WIDTHxHEIGHT"},
		{[]string{"-o", model, "--top", "0"}, "want at least 1"},
		{[]string{"-o", model, "--deform", "cuda"}, "composed"},
		{[]string{"-o", filepath.Join(model, "none", "m.onnx")}, "m.onnx"},
		{nil, `"out"`},
	} {
		var out bytes.Buffer
		args := append([]string{"export", "--checkpoint", checkpoint}, c.args...)
		code := cli.Run(context.Background(), NewTrain, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &out}, args)
		if code == cli.ExitOK || !strings.Contains(out.String(), c.want) {
			t.Errorf("%v: exit %d, %s; want %q", c.args, code, out.String(), c.want)
		}
		if _, err := os.Stat(model); err == nil {
			t.Errorf("%v: a model was written", c.args)
		}
	}
}

// The example reads with PyTorch what a checkpoint holds: as many numbers as the network
// has, of the average of the weights where there is one, in torchvision's names.
func TestExampleReadsCheckpoints(t *testing.T) {
	python := commandtest.Interop(t, "torch", "bin/python")
	set, _ := trained()
	run := filepath.Join(t.TempDir(), "run")
	runTrain(t, cli.ExitOK, set, "-o", run, "--detector", "centernet", "--backbone", "resnet18", "--size", "64", "--epochs", "1", "--batch", "4", "--ema", "0.5", "--threads", "2")
	out := commandtest.Output(t, python, "../../../examples/read_checkpoint.py", filepath.Join(run, "last.safetensors"))
	f, err := safetensors.ReadFile(filepath.Join(run, "last.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	tensors, numbers := 0, 0
	for _, x := range f.Tensors {
		if strings.HasPrefix(x.Name, "ema.") {
			tensors++
			numbers += len(x.Data)
		}
	}
	// ResNet-18 has a classifier beside what is used of it.
	want := fmt.Sprintf("centernet on resnet18, %d tensors, %d numbers\nclasses: disc, star\ntorchvision's layers beside the backbone: fc\n", tensors, numbers)
	if out != want {
		t.Errorf("%q, want %q", out, want)
	}
}
