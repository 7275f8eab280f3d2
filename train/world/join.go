package world

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"cocostat/train/torchx"
)

// where the store has the hub's port and token.
const hubKey = "hub"

// Join brings the processes together; p is nil for one alone. It waits until all
// are there, at most Options.Timeout. The error of an interrupted one is that of
// ctx.
func Join(ctx context.Context, p *Place, o Options, getenv func(string) string) (*World, error) {
	if p == nil {
		return nil, nil
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	w := &World{
		place: *p, timeout: o.Timeout, notes: o.Notes, heard: time.Now(),
		stopped: make(chan struct{}), welcome: make(chan struct{}), results: make(chan message, 1),
	}
	w.ctx, w.end = context.WithCancelCause(context.Background())
	joining, done := context.WithCancelCause(ctx)
	defer done(nil)
	defer context.AfterFunc(w.ctx, func() { done(context.Cause(w.ctx)) })()
	if err := w.join(joining, o.Program, getenv); err != nil {
		return nil, w.giveUp(err)
	}
	return w, nil
}

// check refuses a launcher whose store another version of libtorch serves.
func (p *Place) check() error {
	if !p.Agent || !strings.HasPrefix(torchx.Version(), "1.") {
		return nil
	}
	return fmt.Errorf("train: several processes: torchrun serves the store itself (TORCHELASTIC_USE_AGENT_STORE=True), in a version that libtorch %s cannot speak to: set TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1 for torchrun", torchx.Version())
}

// giveUp tells the others, as far as they are reached.
func (w *World) giveUp(err error) error {
	if w.link != nil {
		err = w.Fail(err)
		w.Close()
	} else if w.hub != nil {
		w.hub.close()
	}
	return err
}

func (w *World) join(ctx context.Context, program string, getenv func(string) string) error {
	me, err := identity(program)
	if err != nil {
		return err
	}
	token, conn, err := w.connect(ctx)
	if err != nil {
		return err
	}
	if w.Chief() {
		me.Address = "127.0.0.1"
	}
	w.link = newLink(conn)
	w.link.send(message{Kind: hello, Rank: w.place.Rank, Size: w.place.Size, Text: token, Member: me})
	go w.listen()
	go w.live()
	select {
	case <-w.welcome:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return w.connectAll(ctx, getenv("GLOO_SOCKET_IFNAME"))
}

// connectAll connects all processes with each other. The hub watches over it, as
// over all that they wait in.
func (w *World) connectAll(ctx context.Context, network string) (err error) {
	w.enter("the connections between all processes", message{Kind: beat})
	defer w.leaveCall()
	member := torchx.Member{Rank: w.place.Rank, Size: w.place.Size, Address: w.me().Address, Interface: network}
	w.group, err = within(ctx, func() (*torchx.Group, error) { return torchx.NewGroup(w.store, member, w.patience()) })
	if err != nil && ctx.Err() == nil {
		err = w.Blame(fmt.Errorf("train: connecting the processes: %w", err))
	}
	return err
}

// patience is that of libtorch: the hub, which knows whose fault it is, comes
// first.
func (w *World) patience() time.Duration { return w.timeout + 30*time.Second }

// connect reaches the hub, which process 0 makes.
func (w *World) connect(ctx context.Context) (token string, conn net.Conn, err error) {
	serves := w.Chief() && !w.place.Agent
	w.store, err = within(ctx, func() (*torchx.Store, error) {
		return torchx.NewStore(w.place.Host, w.place.Port, fmt.Sprintf("cocostat/%d", w.place.Restart), serves, w.timeout)
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return "", nil, err
	case err != nil && serves:
		return "", nil, fmt.Errorf("train: rank 0 cannot keep a store at port %d of this machine, or does not reach it at %s: %w; MASTER_PORT and MASTER_ADDR name others", w.place.Port, w.place.Host, err)
	case err != nil:
		return "", nil, fmt.Errorf("train: rank 0 is not reached at %s:%d within %v: is it started, and are MASTER_ADDR and MASTER_PORT its own? %w", w.place.Host, w.place.Port, w.timeout, err)
	}
	if w.Chief() {
		return w.open()
	}
	text, err := within(ctx, func() (string, error) { return w.store.Get(hubKey) })
	if err != nil {
		return "", nil, fmt.Errorf("train: rank 0 did not open its hub: %w", err)
	}
	port, token, found := strings.Cut(text, " ")
	if !found {
		return "", nil, errors.New("train: the store at MASTER_ADDR:MASTER_PORT is not that of this program")
	}
	dialer := net.Dialer{Timeout: w.timeout}
	conn, err = dialer.DialContext(ctx, "tcp", net.JoinHostPort(w.place.Host, port))
	if err != nil {
		return "", nil, fmt.Errorf("train: rank 0 is not reached at port %s of %s, where its hub is: %w", port, w.place.Host, err)
	}
	return token, conn, nil
}

// open makes the hub and connects to it.
func (w *World) open() (token string, conn net.Conn, err error) {
	token = rand.Text()
	if w.hub, err = newHub(w.place.Size, token, w.timeout); err != nil {
		return "", nil, fmt.Errorf("train: rank 0 cannot open its hub: %w", err)
	}
	port := w.hub.listen.Addr().(*net.TCPAddr).Port
	if err := w.store.Set(hubKey, strconv.Itoa(port)+" "+token); err != nil {
		return "", nil, err
	}
	mine, its := net.Pipe()
	go w.hub.serve(its)
	go w.hub.await()
	return token, mine, nil
}

// identity says who this process is.
func identity(program string) (Identity, error) {
	host, err := os.Hostname()
	if err != nil {
		return Identity{}, fmt.Errorf("train: several processes: %w", err)
	}
	var cpus unix.CPUSet
	if err := unix.SchedGetaffinity(0, &cpus); err != nil {
		return Identity{}, fmt.Errorf("train: several processes: %w", err)
	}
	return Identity{Host: host, Process: os.Getpid(), Program: program, CPUs: fmt.Sprintf("%x", cpus)}, nil
}
