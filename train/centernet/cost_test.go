package centernet_test

import (
	"testing"

	"cocostat/train/centernet"
	"cocostat/train/model"
)

// The cost is that of the network that is made, without making it.
func TestCost(t *testing.T) {
	for _, c := range []model.Config{
		model.Default(model.CenterNet, "mobilenet_v2", 80),
		{Backbone: "mobilenet_v2", Width: 0.25, Config: centernet.Config{Neck: []int{16, 8}, HeadChannels: 8}, Classes: 3},
	} {
		net, err := c.New(1)
		if err != nil {
			t.Fatal(err)
		}
		var parameters float64
		for _, e := range net.Entries() {
			n := 1.0
			for _, s := range e.Shape {
				n *= float64(s)
			}
			if !e.Buffer {
				parameters += n
			}
		}
		if got := c.Cost(64 * 64).Parameters; got != parameters {
			t.Errorf("%+v: %v parameters, the network has %v", c, got, parameters)
		}
	}
	// Table 2 of the MobileNet v2 paper at 512×512, by hand: the convolutions up
	// to features.17 have 34_562_048 outputs, those of the neck (256 at 16 and 32
	// cells, 128 at 32 and 64, 64 at 64 and 128) and of the heads (3·64 and
	// 80+2+2 at 128) the rest. Each but the last of a head is normalised.
	const backbone, neck, heads, last = 34_562_048, 256*(16*16+32*32) + 128*(32*32+64*64) + 64*(64*64+128*128), 3 * 64 * 128 * 128, 84 * 128 * 128
	cost := model.Default(model.CenterNet, "mobilenet_v2", 80).Cost(512 * 512)
	if want := float64(2*(backbone+neck+heads) + last); cost.Activations != want {
		t.Errorf("%v activations, want %v", cost.Activations, want)
	}
	// Of the normalisations, those inside the blocks and of the heads are not kept: the
	// others in the backbone are behind the first convolution and the projections.
	const projections = 16*256*256 + 2*24*128*128 + 3*32*64*64 + (4*64+3*96)*32*32 + (3*160+320)*16*16
	if want := float64(backbone + 2*neck + heads + last + 32*256*256 + projections); cost.Kept != want {
		t.Errorf("%v of them kept, want %v", cost.Kept, want)
	}
	if want := float64(96 * 256 * 256); cost.Largest != want { // the expansion of features.2
		t.Errorf("the largest output has %v numbers, want %v", cost.Largest, want)
	}
}
