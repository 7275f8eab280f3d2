package training

import (
	"fmt"
	"strings"
	"testing"

	"cocostat/internal/cli"
	"cocostat/internal/commands/training/shared/settings"
)

// What is not given follows from the detector and the backbone: the settings of
// CenterNet's src/lib/opts.py and of FCOS's fcos_core/config/defaults.py.
func TestDefaultsOfDetectors(t *testing.T) {
	for args, want := range map[string]string{
		"":                              "[256 128 64] plain batch 64, 140 epochs, 512 [] 0, adam 0 0, linear, freeze none",
		"--backbone mobilenet_v3_large": "[256 128 64] plain batch 64, 140 epochs, 512 [] 0, adam 0 0, linear, freeze none",
		"--backbone resnet18":           "[256 128 64] deformable none 64, 140 epochs, 512 [] 0, adam 0 0, linear, freeze none",
		"--backbone resnet18 --neck-conv plain --neck 64": "[64] plain none 64, 140 epochs, 512 [] 0, adam 0 0, linear, freeze none",
		"--backbone dla34":           "[] deformable none 256, 140 epochs, 512 [] 0, adam 0 0, linear, freeze none",
		"--optimiser sgd":            "[256 128 64] plain batch 64, 140 epochs, 512 [] 0, sgd 0.9 0, linear, freeze none",
		"--detector fcos":            "[]   0, 12 epochs, 0 [800] 1333, sgd 0.9 2, constant, freeze none",
		"--detector fcos --size 256": "[]   0, 12 epochs, 256 [] 0, sgd 0.9 2, constant, freeze none",
		"--detector fcos --backbone resnet50 --pretrained x": "[]   0, 12 epochs, 0 [800] 1333, sgd 0.9 2, constant, freeze stem",
		"--detector fcos --pretrained x":                     "[]   0, 12 epochs, 0 [800] 1333, sgd 0.9 2, constant, freeze none",
		"--detector fcos --optimiser adam --short-side 96":   "[]   0, 12 epochs, 0 [96] 160, adam 0 0, constant, freeze none",
	} {
		o, cmd := settings.New(cli.Streams{})
		if err := cmd.ParseFlags(strings.Fields(args)); err != nil {
			t.Fatal(err)
		}
		o.Dataset = "data"
		if err := o.Resolve(cmd); err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		c := o.Config
		name, warmup, freeze := c.Optimiser.Name, c.WarmupKind, c.Freeze
		if name == "" {
			name = "adam"
		}
		if warmup == "" {
			warmup = "linear"
		}
		if freeze == "" {
			freeze = "none"
		}
		got := fmt.Sprintf("%v %s %s %d, %d epochs, %d %v %d, %s %g %g, %s, freeze %s", c.Model.Neck, c.Model.NeckConv, c.Model.HeadNorm, c.Model.HeadChannels,
			c.Epochs, c.Size, c.Sides.Short, c.Sides.Long, name, c.Optimiser.Momentum, c.Optimiser.BiasRate, warmup, freeze)
		if got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
}

func TestFlagsOfAnotherDetector(t *testing.T) {
	for args, want := range map[string]string{
		"--detector fcos --neck 64":                       "--neck belongs to --detector centernet, not to fcos",
		"--detector fcos --test-flip":                     "--test-flip belongs to --detector centernet",
		"--nms 0.5":                                       "--nms belongs to --detector fcos, not to centernet",
		"--size 64 --short-side 64":                       "name one of them",
		"--long-side 64":                                  "needs --short-side",
		"--short-side 64 --test-size keep --augment flip": "for squares",
		"--short-side 64":                                 "augmentation flip",
		"--backbone resnet18 --width 0.5":                 "resnet18 has no width",
		"--detector yolo":                                 "centernet, fcos",
		"--momentum 0.9":                                  "optimiser sgd",
		"--backbone dla34 --neck-conv plain":              "dla34",
	} {
		o, cmd := settings.New(cli.Streams{})
		err := cmd.ParseFlags(strings.Fields(args))
		if err == nil {
			o.Dataset = "data"
			err = o.Resolve(cmd)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}
