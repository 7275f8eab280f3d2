// Command encodingjson counts an annotation file with Go's encoding/json.
package main

import (
	"encoding/json"

	"cocostat/bench/peers/tally"
)

func main() {
	tally.Main(func(data []byte, f *tally.File) error { return json.Unmarshal(data, f) })
}
