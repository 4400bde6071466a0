// A customer of the shop: signs in, orders, watches the order, and has it shipped. By Node.js 22 or later:
//
//   node docs/samples/Shop/customer.mjs [http://localhost:5000]
//
// In a browser the cookie goes along by itself, and an SDK of Centrifuge does what is done by hand here.
const shop = process.argv[2] ?? 'http://localhost:5000';
const post = (path, headers) => fetch(shop + path, { method: 'POST', headers });

const cookie = (await post('/sign-in/anna')).headers.getSetCookie()[0].split(';')[0];
const order = await (await post('/orders', { cookie })).json();

const socket = new WebSocket(`${shop.replace(/^http/, 'ws')}/connection/websocket`, { headers: { cookie } });
socket.onopen = () => socket.send(`{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"orders:${order.id}"}}`);
socket.onmessage = async ({ data }) => {
  for (const line of data.split('\n')) {
    const { id, push } = JSON.parse(line);
    if (line === '{}') socket.send('{}');
    if (id === 2) await post(`/orders/${order.id}/ship`);
    if (push) console.log(push.channel, JSON.stringify(push.pub.data));
    if (push?.channel === '#anna') socket.close();
  }
};
