package model

// mobileNetV2Stages is table 2 of the MobileNet v2 paper: expansion, output
// channels, blocks, and the stride of the first block.
var mobileNetV2Stages = []struct{ expansion, channels, blocks, stride int }{
	{1, 16, 1, 1},
	{6, 24, 2, 2},
	{6, 32, 3, 2},
	{6, 64, 4, 2},
	{6, 96, 3, 1},
	{6, 160, 3, 2},
	{6, 320, 1, 1},
}

// scaled returns channels times width, rounded to a multiple of 8 and by no
// more than a tenth downwards, as torchvision/models/_utils.py does.
func scaled(channels int, width float64) int {
	v := float64(channels) * width
	n := max(8, int(v+4)/8*8)
	if float64(n) < 0.9*v {
		n += 8
	}
	return n
}

// mobileNetV2 makes the backbone without its last 1×1 convolution, which only
// classification needs, and returns the number of its output channels. It
// halves the image five times, or fewer: the last stages that would go beyond
// keep their resolution.
func (b *builder) mobileNetV2(prefix string, width float64, halvings int) (chain, int) {
	prefix += ".features"
	in := scaled(32, width)
	layers := b.convNorm(sub(prefix, 0), convSpec{in: 3, out: in, kernel: 3, stride: 2, groups: 1}, true)
	halvings-- // the first convolution is one
	i := 1
	for _, stage := range mobileNetV2Stages {
		out := scaled(stage.channels, width)
		for n := range stage.blocks {
			stride := 1
			if n == 0 && stage.stride == 2 && halvings > 0 {
				stride = 2
				halvings--
			}
			layers = append(layers, b.inverted(sub(prefix, i)+".conv", in, out, stage.expansion, stride))
			in = out
			i++
		}
	}
	return layers, in
}

// convNorm makes name.0 (convolution) and name.1 (normalisation), followed by
// ReLU6 if active.
func (b *builder) convNorm(name string, s convSpec, active bool) chain {
	c := chain{b.conv(sub(name, 0), s), b.norm(sub(name, 1), s.out, 1)}
	if active {
		c = append(c, relu6)
	}
	return c
}

// inverted makes an inverted residual block: 1×1 expansion, 3×3 depthwise, 1×1
// linear projection.
func (b *builder) inverted(name string, in, out, expansion, stride int) layer {
	hidden := in * expansion
	var c chain
	i := 0
	if expansion != 1 {
		c = append(c, b.convNorm(sub(name, i), convSpec{in: in, out: hidden, kernel: 1, stride: 1, groups: 1}, true)...)
		i++
	}
	c = append(c, b.convNorm(sub(name, i), convSpec{in: hidden, out: hidden, kernel: 3, stride: stride, groups: hidden}, true)...)
	last := convSpec{in: hidden, out: out, kernel: 1, stride: 1, groups: 1}
	if stride != 1 || in != out {
		return append(c, b.conv(sub(name, i+1), last), b.norm(sub(name, i+2), out, 1))
	}
	// A scale of 0 makes the block pass its input on at first, which eases the
	// beginning (Goyal et al., 2017, section 5.1).
	return residual{append(c, b.conv(sub(name, i+1), last), b.norm(sub(name, i+2), out, 0))}
}
