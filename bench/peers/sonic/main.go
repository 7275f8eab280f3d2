// Command sonic counts an annotation file with bytedance/sonic in its default
// configuration, which checks the values that it passes over.
package main

import (
	"unsafe"

	"github.com/bytedance/sonic"

	"cocostat/bench/peers/tally"
)

func main() {
	tally.Main(func(data []byte, f *tally.File) error {
		// As a string, sonic reads the bytes without a copy.
		return sonic.ConfigDefault.UnmarshalFromString(unsafe.String(unsafe.SliceData(data), len(data)), f)
	})
}
