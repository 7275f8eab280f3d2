// Command sonicfastest counts an annotation file with bytedance/sonic in its
// fastest configuration, which passes over polygons without checking them.
package main

import (
	"unsafe"

	"github.com/bytedance/sonic"

	"cocostat/bench/peers/tally"
)

func main() {
	tally.Main(func(data []byte, f *tally.File) error {
		// As a string, sonic reads the bytes without a copy.
		return sonic.ConfigFastest.UnmarshalFromString(unsafe.String(unsafe.SliceData(data), len(data)), f)
	})
}
