package commands

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"cocostat/internal/cli"
)

func TestVersion(t *testing.T) {
	var out bytes.Buffer
	s := cli.Streams{In: strings.NewReader(""), Out: &out, Err: &out}
	if code := cli.Run(context.Background(), NewCocostat, s, []string{"--version"}); code != cli.ExitOK || out.String() != "cocostat version "+cli.Version()+"\n" {
		t.Errorf("exit code %d, %q", code, out.String())
	}
}
