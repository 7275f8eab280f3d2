package main

import (
	"context"
	"fmt"
	"path/filepath"
)

// torchPeer is a Python with PyTorch that trains as train does.
type torchPeer struct {
	name     string // before its rows' titles
	python   string
	ways     []torchWay
	versions string
	why      error // why it cannot run
}

// torchWay is a way to run it.
type torchWay struct {
	title string
	args  []string
}

var eager = []torchWay{
	{"channels last", []string{"--layout", "nhwc"}},
	{"channels first", []string{"--layout", "nchw"}},
}

// torchPeers prepares the peers: Debian's PyTorch, which has train's own libtorch, and
// where it is asked for the newest one of PyPI.
func (b *bench) torchPeers(ctx context.Context) ([]*torchPeer, error) {
	old := &torchPeer{name: "PyTorch", python: systemPython, ways: eager, why: b.needTorch(ctx)}
	peers := []*torchPeer{old}
	switch b.peers {
	case "":
	case "newest":
		venv := filepath.Join(b.dir, "newest")
		compiled := torchWay{"compiled, channels last", []string{"--layout", "nhwc", "--compile"}}
		python, why := b.newestPython(ctx, venv)
		peers = append(peers, &torchPeer{name: "newest PyTorch", python: python, ways: append([]torchWay{compiled}, eager...), why: why})
	default:
		return nil, fmt.Errorf("-peers %q: want newest, or nothing", b.peers)
	}
	for _, p := range peers {
		if p.why == nil {
			p.versions = torchVersions(ctx, p.python)
		}
	}
	return peers, ctx.Err()
}

// newestPython makes an environment of its own, of 5 GB with PyTorch's CUDA libraries.
func (b *bench) newestPython(ctx context.Context, venv string) (string, error) {
	t := &tools{why: map[string]error{}, version: map[string]string{}}
	b.preparePython(ctx, t, venv, "requirements-newest.txt")
	for _, err := range t.why {
		if err != nil {
			return t.python, err
		}
	}
	return t.python, nil
}
