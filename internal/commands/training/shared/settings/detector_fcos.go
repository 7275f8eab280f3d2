package settings

import (
	"github.com/spf13/cobra"

	"cocostat/balance"
	"cocostat/internal/cli"
	"cocostat/train/fcos"
	"cocostat/train/model"
)

var fcosFlags = detectorFlag{
	detector: model.FCOS,
	names:    []string{"fpn-channels", "prior", "focal-alpha", "box-loss", "centre-radius", "nms", "eta-objects"},
	add: func(cmd *cobra.Command, m *model.Config) {
		f := cmd.Flags()
		d := fcos.Default()
		m.FCOS = d
		f.IntVar(&m.FCOS.Channels, "fpn-channels", d.Channels, "of FCOS: channels of pyramid and towers, a multiple of 32")
		f.Float64Var(&m.FCOS.Prior, "prior", d.Prior, "of FCOS: initial probability of every class")
		f.Float64Var(&m.FCOS.Alpha, "focal-alpha", d.Alpha, "of FCOS: α of the focal loss, between 0 and 1")
		cli.Choice(cmd, (*string)(&m.FCOS.BoxLoss), "box-loss", string(d.BoxLoss), "of FCOS: iou, iou+1 (with areas plus 1, the authors' own) or giou", string(balance.IoU), string(balance.IoUPlusOne), string(balance.GIoU))
		f.Float64Var(&m.FCOS.Radius, "centre-radius", d.Radius, "of FCOS: strides from a box's centre within which cells learn it; 0: all in the box")
		f.Float64Var(&m.FCOS.Test.Overlap, "nms", d.Test.Overlap, "of FCOS: IoU with a better box of the class above which a box is dropped")
		cli.Choice(cmd, &m.FCOS.Count, "eta-objects", fcos.CountObjects, "of FCOS: what the targets count for η̂, objects or their positive cells", fcos.CountObjects, fcos.CountCells)
	},
	own: func(m *model.Config, d model.Config, _ func(string) bool) {
		if m.Detector != model.FCOS { // its flags have its defaults, which another detector is without
			m.FCOS = d.FCOS
		}
	},
}
