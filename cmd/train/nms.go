package main

import (
	"strconv"

	"cocostat/train"
)

// nmsFlag is a number that can be missing.
type nmsFlag struct{ as *train.TestAs }

func (f nmsFlag) String() string {
	if f.as == nil || f.as.NMS == nil {
		return ""
	}
	return strconv.FormatFloat(*f.as.NMS, 'g', -1, 64)
}

func (f nmsFlag) Set(text string) error {
	v, err := strconv.ParseFloat(text, 64)
	f.as.NMS = &v
	return err
}

func (nmsFlag) Type() string { return "float64" }
