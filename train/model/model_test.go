package model_test

import (
	"encoding/json"
	"strings"
	"testing"

	"cocostat/train/model"
)

// The model of a checkpoint that was written when there was one network is still
// that network: its JSON is a copy of one from then.
func TestOldConfiguration(t *testing.T) {
	var old model.Config
	text := `{"backbone":"mobilenet_v2","width":1,"neck":[256,128,64],"head_channels":64,"heatmap_bias":-2.19,"classes":80}`
	if err := json.Unmarshal([]byte(text), &old); err != nil {
		t.Fatal(err)
	}
	if err := old.Validate(); err != nil {
		t.Fatal(err)
	}
	now := model.Default(model.CenterNet, "mobilenet_v2", 80)
	if !old.Same(now) || !now.Same(old) {
		t.Errorf("%+v is not the same as %+v", old, now)
	}
	if got := old.String(); got != "CenterNet, mobilenet_v2" {
		t.Errorf("called %q", got)
	}
	if old.Cost(512*512) != now.Cost(512*512) || old.Stride() != 32 {
		t.Error("another cost or stride")
	}
}

// First weights do not make another network; everything else does.
func TestSame(t *testing.T) {
	centernet, fcos := model.Default(model.CenterNet, "resnet18", 3), model.Default(model.FCOS, "resnet18", 3)
	change := func(c model.Config, f func(*model.Config)) model.Config { f(&c); return c }
	for name, other := range map[string]model.Config{
		"heatmap bias": change(centernet, func(c *model.Config) { c.HeatmapBias = -4 }),
		"neck init":    change(centernet, func(c *model.Config) { c.NeckInit = "published" }),
	} {
		if !centernet.Same(other) {
			t.Errorf("%s makes another network", name)
		}
	}
	if prior := change(fcos, func(c *model.Config) { c.FCOS.Prior = 0.5 }); !fcos.Same(prior) {
		t.Error("a prior makes another network")
	}
	for name, other := range map[string]model.Config{
		"detector":      fcos,
		"backbone":      model.Default(model.CenterNet, "resnet34", 3),
		"classes":       model.Default(model.CenterNet, "resnet18", 4),
		"neck":          change(centernet, func(c *model.Config) { c.Neck = []int{64} }),
		"convolutions":  change(centernet, func(c *model.Config) { c.NeckConv = "plain" }),
		"normalisation": change(centernet, func(c *model.Config) { c.HeadNorm = "batch" }),
		"radius":        change(centernet, func(c *model.Config) { c.Radius = "corrected" }),
	} {
		if centernet.Same(other) {
			t.Errorf("another %s makes the same network", name)
		}
	}
	if channels := change(fcos, func(c *model.Config) { c.FCOS.Channels = 128 }); fcos.Same(channels) {
		t.Error("other channels make the same FCOS")
	}
}

func TestInvalid(t *testing.T) {
	for want, c := range map[string]model.Config{
		"unknown detector": model.Default("yolo", "resnet18", 3),
		"unknown backbone": model.Default(model.FCOS, "vgg", 3),
		"class":            model.Default(model.FCOS, "resnet18", 0),
		"pyramid":          {Detector: model.FCOS, Backbone: "resnet18", Width: 1, Classes: 3},
		"neck":             {Backbone: "resnet18", Width: 1, Classes: 3},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
