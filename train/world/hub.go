package world

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// hub is where process 0 keeps the connections of all processes, its own too.
type hub struct {
	size    int
	token   string // of those that belong here
	timeout time.Duration
	listen  net.Listener

	mu      sync.Mutex
	peers   []*peer // by rank; nil: not there yet
	joined  chan struct{}
	calls   map[int64]*call
	fault   *message
	closing bool
	awake   time.Time // when it last looked
}

// peer is a process as the hub sees it.
type peer struct {
	*link
	who     Identity
	heard   time.Time // when it last said anything
	call    int64     // the last it has entered
	waiting bool      // in it
	since   time.Time // when it was first seen there
	what    string    // it is for
	left    bool
}

// call is an exchange that not all have come to.
type call struct {
	offers  [][]byte
	missing int
}

func newHub(size int, token string, timeout time.Duration) (*hub, error) {
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		return nil, err
	}
	h := &hub{
		size: size, token: token, timeout: timeout, listen: listener,
		peers: make([]*peer, size), joined: make(chan struct{}), calls: map[int64]*call{}, awake: time.Now(),
	}
	go h.accept()
	go h.watch()
	return h, nil
}

// accept takes connections until the hub closes.
func (h *hub) accept() {
	for {
		conn, err := h.listen.Accept()
		if err != nil {
			return
		}
		go h.serve(conn)
	}
}

// serve listens to a process. Whoever else connects is left alone.
func (h *hub) serve(conn net.Conn) {
	l := newLink(conn)
	conn.SetReadDeadline(time.Now().Add(h.timeout))
	m, err := l.receive()
	if err != nil || m.Kind != hello || m.Text != h.token || m.Rank < 0 || m.Rank >= m.Size {
		l.close(0)
		return
	}
	conn.SetReadDeadline(time.Time{})
	if m.Member.Address == "" {
		m.Member.Address = addressOf(conn.RemoteAddr())
	}
	p, rank := h.admit(l, m), m.Rank
	if p == nil {
		return
	}
	for {
		m, err := l.receive()
		if err != nil {
			h.lost(rank, p)
			return
		}
		h.heard(rank, p, m)
	}
}

func addressOf(a net.Addr) string {
	if tcp, is := a.(*net.TCPAddr); is {
		return tcp.IP.String()
	}
	return ""
}

// admit takes a process in; nil if it does not fit.
func (h *hub) admit(l *link, m message) *peer {
	h.mu.Lock()
	defer h.mu.Unlock()
	if why := h.misfit(m); why != "" {
		h.breakUp(message{Kind: fault, Rank: -1, Text: why})
	}
	if h.fault != nil { // this, or an earlier one
		l.send(*h.fault)
	}
	if h.fault != nil || h.closing {
		go l.close(farewell)
		return nil
	}
	p := &peer{link: l, who: m.Member, heard: time.Now()}
	h.peers[m.Rank] = p
	if slices.Contains(h.peers, nil) {
		return p
	}
	h.all()
	return p
}

// misfit says why a process cannot be taken in; "" if it can.
func (h *hub) misfit(m message) string {
	if m.Size != h.size {
		return fmt.Sprintf("%s was told that there are %d processes, and rank 0 that there are %d: all need the same WORLD_SIZE", name(m.Rank, m.Member), m.Size, h.size)
	}
	if first := h.peers[m.Rank]; first != nil {
		return fmt.Sprintf("two processes say that they are rank %d: process %d on %s and process %d on %s: each needs a RANK of its own",
			m.Rank, first.who.Process, first.who.Host, m.Member.Process, m.Member.Host)
	}
	return ""
}

// all greets the processes once they are all there.
func (h *hub) all() {
	members := make([]Identity, h.size)
	for i, p := range h.peers {
		members[i] = p.who
		if p.who.Program != h.peers[0].who.Program {
			h.breakUp(message{Kind: fault, Rank: i, Text: fmt.Sprintf("%s runs %s, and rank 0 %s: all must run the same", name(i, p.who), p.who.Program, h.peers[0].who.Program)})
			return
		}
	}
	outward(members, h.peers)
	close(h.joined)
	for _, p := range h.peers {
		p.send(message{Kind: welcome, Members: members})
	}
}

// outward gives those that reached the hub over the loopback, on its own machine,
// the address at which the processes of other machines reached it. Where there are
// none they get one loopback: localhost may be two, 127.0.0.1 and ::1, between
// which there are no connections.
func outward(members []Identity, peers []*peer) {
	near, far := "", ""
	for i, p := range peers[1:] {
		if address := addressOf(p.conn.LocalAddr()); loopback(members[1+i].Address) {
			near = cmp.Or(near, address)
		} else {
			far = cmp.Or(far, address)
		}
	}
	for i := range members {
		if loopback(members[i].Address) {
			members[i].Address = cmp.Or(far, near, members[i].Address)
		}
	}
}

func loopback(address string) bool {
	ip := net.ParseIP(address)
	return ip == nil || ip.IsLoopback()
}

// heard deals with what a process says.
func (h *hub) heard(rank int, p *peer, m message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p.heard = time.Now()
	switch m.Kind {
	case beat:
		p.at(m)
	case offer:
		m.Waiting = true
		p.at(m)
		h.offered(rank, m)
	case fault:
		h.breakUp(m)
	case stop, note:
		h.others(rank, m)
	case leave:
		p.left = true
	}
}

// at notes where a process is.
func (p *peer) at(m message) {
	if m.Call != p.call || m.Waiting != p.waiting {
		p.call, p.waiting, p.since, p.what = m.Call, m.Waiting, time.Now(), m.Text
	}
}

// offered takes what a process brings, and hands out the results once all have.
func (h *hub) offered(rank int, m message) {
	c := h.calls[m.Call]
	if c == nil {
		c = &call{offers: make([][]byte, h.size), missing: h.size}
		h.calls[m.Call] = c
	}
	c.offers[rank] = m.Data
	if c.missing--; c.missing > 0 {
		return
	}
	delete(h.calls, m.Call)
	for i, p := range h.peers {
		r := message{Kind: result, Call: m.Call, Data: c.offers[0]}
		if i == 0 {
			r.Data, r.Many = nil, c.offers
		}
		p.send(r)
	}
}

// others sends a message to all but one: stops to all of them, notes to process 0.
func (h *hub) others(rank int, m message) {
	for i, p := range h.peers {
		if p != nil && i != rank && (m.Kind == stop || i == 0) {
			p.send(m)
		}
	}
}

// breakUp tells all what the training ends with; the first fault counts.
func (h *hub) breakUp(m message) {
	if h.fault != nil || h.closing {
		return
	}
	h.fault = &m
	for _, p := range h.peers {
		if p != nil {
			p.send(m)
		}
	}
}

// lost deals with a connection that ended.
func (h *hub) lost(rank int, p *peer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wake(time.Now())
	if !p.left {
		h.breakUp(message{Kind: fault, Rank: rank, Text: name(rank, p.who) + " has ended: it was killed, or ran out of memory"})
	}
	p.left = true
}

// watch looks for processes that are silent, or that the others wait for.
func (h *hub) watch() {
	for range time.Tick(pulse(h.timeout)) {
		h.mu.Lock()
		if h.closing || h.fault != nil {
			h.mu.Unlock()
			return
		}
		now := time.Now()
		h.wake(now)
		if !slices.Contains(h.peers, nil) {
			h.look(now)
		}
		for _, p := range h.peers {
			if p != nil && !p.left {
				p.send(message{Kind: beat})
			}
		}
		h.mu.Unlock()
	}
}

// wake notices that this very process was stopped for too long: the others have
// given up by now.
func (h *hub) wake(now time.Time) {
	if first := h.peers[0]; first != nil && now.Sub(h.awake) > h.timeout {
		h.breakUp(message{Kind: fault, Rank: 0, Text: fmt.Sprintf("%s gave no sign of life for %v: it, or its machine, had stopped", name(0, first.who), h.timeout)})
	}
	h.awake = now
}

// pulse is the time between signs of life.
func pulse(timeout time.Duration) time.Duration { return min(time.Second, timeout/4) }

// look breaks a training in which a process has been silent, or waited for, for
// too long.
func (h *hub) look(now time.Time) {
	for i, p := range h.peers {
		if !p.left && now.Sub(p.heard) > h.timeout {
			h.breakUp(message{Kind: fault, Rank: i, Text: fmt.Sprintf("%s gave no sign of life for %v: it, or its machine or network, has stopped", name(i, p.who), h.timeout)})
			p.left = true // nobody waits for its farewell
			return
		}
	}
	for _, first := range h.peers {
		if first.left || !first.waiting || now.Sub(first.since) <= h.timeout {
			continue
		}
		var late []string
		blamed := -1
		for i, p := range h.peers {
			if p.call < first.call && !p.left {
				blamed = i
				late = append(late, name(i, p.who))
			}
		}
		text := fmt.Sprintf("all processes wait for each other in %s for %v: something between them does not let their connections through", first.what, h.timeout)
		if len(late) > 0 {
			text = fmt.Sprintf("%s did not come to %s within %v", strings.Join(late, ", "), first.what, h.timeout)
		}
		h.breakUp(message{Kind: fault, Rank: blamed, Text: text})
		return
	}
}

// await waits until all have joined, and says who has not.
func (h *hub) await() {
	select {
	case <-h.joined:
	case <-time.After(h.timeout):
		h.mu.Lock()
		defer h.mu.Unlock()
		var missing []string
		for i, p := range h.peers {
			if p == nil {
				missing = append(missing, fmt.Sprint(i))
			}
		}
		if len(missing) > 0 {
			h.breakUp(message{Kind: fault, Rank: -1, Text: fmt.Sprintf("of ranks 0 to %d, %s did not join within %v: are they started, with the same MASTER_ADDR, MASTER_PORT and WORLD_SIZE?", h.size-1, strings.Join(missing, ", "), h.timeout)})
		}
	}
}

// farewell is how long the end of a connection may take.
const farewell = 2 * time.Second

// close ends the hub, once all have left or are gone, or soon after a fault.
func (h *hub) close() {
	patience := h.timeout
	for began := time.Now(); time.Since(began) < patience && h.busy(); time.Sleep(5 * time.Millisecond) {
		if h.broken() {
			patience = min(patience, time.Since(began)+farewell)
		}
	}
	h.mu.Lock()
	h.closing = true
	peers := h.peers
	h.mu.Unlock()
	h.listen.Close()
	var wg sync.WaitGroup
	for _, p := range peers {
		if p != nil {
			wg.Go(func() { p.close(farewell) })
		}
	}
	wg.Wait()
}

// busy reports whether there is a process that has neither left nor gone.
func (h *hub) busy() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.peers[1:], func(p *peer) bool { return p != nil && !p.left })
}

func (h *hub) broken() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fault != nil
}
