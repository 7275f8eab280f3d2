package settings

import (
	"strconv"

	"cocostat/train"
)

// NMSFlag is a number that can be missing.
type NMSFlag struct{ As *train.TestAs }

// String, Set and Type are those of pflag.Value.
func (f NMSFlag) String() string {
	if f.As == nil || f.As.NMS == nil {
		return ""
	}
	return strconv.FormatFloat(*f.As.NMS, 'g', -1, 64)
}

func (f NMSFlag) Set(text string) error {
	v, err := strconv.ParseFloat(text, 64)
	f.As.NMS = &v
	return err
}

func (NMSFlag) Type() string { return "float64" }
