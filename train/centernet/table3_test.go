package centernet_test

import (
	"math"
	"strings"
	"testing"

	"cocostat/train/centernet"
	"cocostat/train/internal/pytorch"
	"cocostat/train/model"
	"cocostat/train/torchx"
)

// The files are of testdata/make_networks.py.
func TestNetworksOfTable3ArePyTorchs(t *testing.T) {
	for _, c := range []struct {
		file, backbone string
		change         func(*model.Config)
	}{
		{"resnet18_deformable", "resnet18", nil},
		{"resnet18_plain", "resnet18", func(c *model.Config) { c.NeckConv, c.HeadNorm = centernet.PlainConv, centernet.BatchNorm }},
		{"mobilenet_v3_large", "mobilenet_v3_large", nil},
		{"dla34", "dla34", nil},
	} {
		t.Run(c.file, func(t *testing.T) {
			config := model.Default(model.CenterNet, c.backbone, 3)
			if c.change != nil {
				c.change(&config)
			}
			want := pytorch.Read(t, "testdata/"+c.file+".json")
			want.CheckCost(t, config.Cost(64*96))
			net := build(t, config, 1)
			want.CheckEntries(t, "", net.Entries())
			for _, layout := range []torchx.Layout{torchx.Contiguous, torchx.ChannelsLast} {
				want.CheckForward(t, pytorch.Run{
					Network: net, Layout: layout, Inputs: []pytorch.Input{pytorch.Images()},
					Forward: func(x []torchx.Tensor) []torchx.Tensor { return net.Forward(x[0]) },
				})
			}
		})
	}
}

// Trained numbers for 80 classes, counted from the structures of CenterNet's
// resnet_dcn.py and pose_dla_dcn.py and of torchvision's models; the file of
// DLA-34 has 41,728 more of which the network makes nothing (see dla34 in
// train/backbone). Each normalisation of three heads has 128.
func TestNetworksOfTable3HaveThePublishedNumberOfParameters(t *testing.T) {
	const norms = 3 * 128
	for _, c := range []struct {
		backbone, conv string
		want           float64
	}{
		{"mobilenet_v2", centernet.PlainConv, 4_412_308},
		{"mobilenet_v3_large", centernet.PlainConv, 5_048_388},
		{"resnet18", centernet.DeformableConv, 14_437_349},
		{"resnet18", centernet.PlainConv, 14_219_092},
		{"resnet101", centernet.DeformableConv, 49_673_189},
		{"resnet101", centernet.PlainConv, 49_081_684},
		{"dla34", centernet.DeformableConv, 19_675_892 - 41_728},
	} {
		config := model.Default(model.CenterNet, c.backbone, 80)
		config.NeckConv = c.conv
		if got := config.Cost(1).Parameters; got != c.want {
			t.Errorf("%s, %s: %.0f parameters, want %.0f", c.backbone, c.conv, got, c.want)
		}
		normed := centernet.BatchNorm
		if config.HeadNorm == normed {
			continue
		}
		config.HeadNorm = normed
		// Those of DLA have 256 channels.
		if got, want := config.Cost(1).Parameters, c.want+norms*float64(config.HeadChannels)/64; got != want {
			t.Errorf("%s, %s, normalised heads: %.0f parameters, want %.0f", c.backbone, c.conv, got, want)
		}
	}
}

// DLA's own neck has deformable convolutions only, and needs maps of all strides.
func TestNecksThatABackboneLacks(t *testing.T) {
	for name, change := range map[string]struct {
		backbone string
		change   func(*model.Config)
	}{
		"deformable":    {"dla34", func(c *model.Config) { c.NeckConv = centernet.PlainConv }},
		"first weights": {"dla34", func(c *model.Config) { c.NeckInit = centernet.PublishedInit }},
		"one to three":  {"resnet18", func(c *model.Config) { c.Neck = nil }},
		"5 times":       {"dla34", func(c *model.Config) { c.Neck = []int{64, 64} }},
	} {
		config := model.Default(model.CenterNet, change.backbone, 3)
		change.change(&config)
		if _, err := config.New(1); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// With the published first weights output channel 0 of every input channel is the
// bilinear kernel; the others are PyTorch's default, uniform between ∓1/√(16·out).
func TestPublishedFirstWeightsOfTheNeck(t *testing.T) {
	config := small
	config.NeckInit = centernet.PublishedInit
	at := [4]float32{0.25, 0.75, 0.75, 0.25}
	for _, e := range build(t, config, 1).Entries() {
		if !strings.HasSuffix(e.Name, ".up.weight") {
			continue
		}
		out := int(e.Shape[1])
		bound, square, others := 1/math.Sqrt(16*float64(out)), 0.0, 0.0
		for i, w := range pytorch.Numbers(t, e.Tensor) {
			if i/16%out == 0 {
				if want := at[i/4%4] * at[i%4]; w != want {
					t.Errorf("%s: weight %d is %g, want %g", e.Name, i, w, want)
				}
				continue
			}
			if math.Abs(float64(w)) > bound {
				t.Errorf("%s: weight %d is %g, beyond %g", e.Name, i, w, bound)
			}
			square += float64(w) * float64(w)
			others++
		}
		if ratio := square / others / (bound * bound / 3); math.Abs(ratio-1) > 0.15 {
			t.Errorf("%s: the mean square is %g times that of a uniform distribution", e.Name, ratio)
		}
	}
}
