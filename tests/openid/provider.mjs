// A real OpenID Connect provider on loopback for the tests: node provider.mjs PORT
//
// Whoever signs in as name@example.org is that address, verified; unverified-* is not; a name without @ has no e-mail, as
// ORCID often gives none. Consent is given beforehand, the sign-in form is the library's own.
import { Provider } from 'oidc-provider';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const redirect = (name) => `http://127.0.0.1:8080/sign-in/${name}/callback`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'stembank',
      client_secret: 'made-up secret of the tests',
      redirect_uris: [redirect('local'), redirect('orcid'), redirect('other')],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
  ],
  cookies: { keys: ['made-up key of the tests'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      name: `Made-up ${id.split('@')[0]}`,
      ...(id.includes('@') && { email: id, email_verified: !id.startsWith('unverified') }),
    }),
  }),
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
});

provider.listen(port, '127.0.0.1', () => console.log(`ready ${issuer}`));
