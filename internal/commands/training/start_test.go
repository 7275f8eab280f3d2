package training

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cocostat/internal/cli"
	"cocostat/internal/commands/training/shared/settings"
	"cocostat/train"
)

const another = "another experiment than the published one"

// A published row without ImageNet's weights says once, also where nobody wants
// progress, that it is another experiment; its record keeps that, and whoever
// goes on with it hears it again. A training without a recipe says nothing.
func TestPublishedRowSaysHowItBegins(t *testing.T) {
	set, dir := smallSet(t), filepath.Join(t.TempDir(), "run")
	args := append([]string{set, "-o", dir, "--recipe", "table1/baseline", "-q"}, tiny...)
	code, _, errs := run(t, context.Background(), args...)
	if code != cli.ExitOK || strings.Count(errs, "table1/baseline: "+another) != 1 || !strings.Contains(errs, "with random weights") {
		t.Fatalf("exit %d, %s", code, errs)
	}
	if c, err := train.ReadConfig(dir); err != nil || !strings.HasPrefix(c.StartNote, another) {
		t.Errorf("record: %q, %v", c.StartNote, err)
	}
	if code, _, errs := run(t, context.Background(), "--resume", dir, "-q"); code != cli.ExitOK || strings.Count(errs, another) != 1 {
		t.Errorf("going on: exit %d, %s", code, errs)
	}
	trainedSet, trainedRun := trained()
	if c, err := train.ReadConfig(trainedRun); err != nil || c.StartNote != "" {
		t.Errorf("%s without a recipe: %q, %v", trainedSet, c.StartNote, err)
	}
}

func TestStartNote(t *testing.T) {
	_, trainedRun := trained()
	for path, want := range map[string]string{
		"": "with random weights",
		filepath.Join(trainedRun, train.LastFile):   "with a network of this program",
		"../../../train/testdata/mobilenet_v2.pth":  "",
		filepath.Join(trainedRun, "none.pth"):       "error",
		filepath.Join(trainedRun, train.ConfigFile): "error",
	} {
		note, err := settings.StartNote(path)
		if (want == "error") != (err != nil) || err == nil && (want == "") != (note == "") || !strings.Contains(note, want) && err == nil {
			t.Errorf("%s: %q, %v; want %q", path, note, err, want)
		}
	}
}

// With torchvision's weights a row begins where the paper does.
func TestPublishedRowFromImageNet(t *testing.T) {
	weights := "../../../../shared/data/pretrained/mobilenet_v2_imagenet_features.safetensors"
	if _, err := os.Stat(weights); err != nil {
		t.Skip("no ../shared/data/pretrained beside the repository")
	}
	dir := filepath.Join(t.TempDir(), "run")
	args := []string{smallSet(t), "-o", dir, "--recipe", "table1/baseline", "--size", "64", "--neck", "8,8,8", "--head-channels", "8",
		"--batch", "6", "--epochs", "1", "--threads", "1", "--pretrained", weights}
	code, _, errs := run(t, context.Background(), args...)
	// the first layer, a block of two convolutions and 16 of three, with five tensors each
	if code != cli.ExitOK || strings.Contains(errs, another) || !strings.Contains(errs, "255 tensors loaded") || !strings.Contains(errs, "adapted from ImageNet") {
		t.Fatalf("exit %d, %s", code, errs)
	}
	if c, err := train.ReadConfig(dir); err != nil || c.StartNote != "" || !strings.HasSuffix(c.Pretrained, filepath.Base(weights)) {
		t.Errorf("record: %q, %q, %v", c.StartNote, c.Pretrained, err)
	}
}
