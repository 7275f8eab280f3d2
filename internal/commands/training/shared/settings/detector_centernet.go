package settings

import (
	"github.com/spf13/cobra"

	"cocostat/internal/cli"
	"cocostat/train/centernet"
	"cocostat/train/model"
)

var centerNetFlags = detectorFlag{
	detector: model.CenterNet,
	names:    []string{"neck", "neck-conv", "neck-init", "head-channels", "head-norm", "heatmap-bias", "radius", "test-flip"},
	add: func(cmd *cobra.Command, m *model.Config) {
		f := cmd.Flags()
		const own = " (default: the backbone's)"
		f.IntSliceVar(&m.Neck, "neck", nil, "of CenterNet: channels of the upsampling stages: three for a backbone of stride 32; two or one make it 16 or 8, for small images"+own)
		cli.Choice(cmd, &m.NeckConv, "neck-conv", "", "of CenterNet: convolutions of the neck, plain or deformable (v2)"+own, centernet.PlainConv, centernet.DeformableConv)
		cli.Choice(cmd, &m.NeckInit, "neck-init", "", "of CenterNet: first weights of the neck's transposed convolutions: he, or published (as in CenterNet's ResNets, which differ from what they are meant to be) (default: he)", centernet.HeInit, centernet.PublishedInit)
		f.IntVar(&m.HeadChannels, "head-channels", 0, "of CenterNet: channels of each head"+own)
		cli.Choice(cmd, &m.HeadNorm, "head-norm", "", "of CenterNet: normalisation of the heads, batch or none"+own, centernet.BatchNorm, centernet.NoNorm)
		f.Float64Var(&m.HeatmapBias, "heatmap-bias", m.HeatmapBias, "of CenterNet: initial logit of the heatmap")
		cli.Choice(cmd, &m.Radius, "radius", "", "of CenterNet: radius of the heatmap's Gaussians, compat (as published, with its slip) or corrected (default: compat)", centernet.Compat.String(), centernet.Corrected.String())
	},
	own: func(m *model.Config, d model.Config, set func(string) bool) {
		own := d.Config
		for name, keep := range map[string]func(){
			"neck":          func() { own.Neck = m.Neck },
			"neck-conv":     func() { own.NeckConv = m.NeckConv },
			"neck-init":     func() { own.NeckInit = m.NeckInit },
			"head-channels": func() { own.HeadChannels = m.HeadChannels },
			"head-norm":     func() { own.HeadNorm = m.HeadNorm },
			"heatmap-bias":  func() { own.HeatmapBias = m.HeatmapBias },
			"radius":        func() { own.Radius = m.Radius },
		} {
			if set(name) {
				keep()
			}
		}
		m.Config = own
	},
}
