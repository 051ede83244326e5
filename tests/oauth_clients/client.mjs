// A client with openid-client: what it is told of tokens, as JSON.
//
// Arguments: the issuer, a client's identifier and secret, how it proves itself, and where it looks for the metadata.

import * as oauth from 'openid-client'

const [issuer, id, secret, method, algorithm] = process.argv.slice(2)
const methods = {
  client_secret_basic: oauth.ClientSecretBasic,
  client_secret_post: oauth.ClientSecretPost,
}
const proof = methods[method](secret)
const config = await oauth.discovery(new URL(issuer), id, undefined, proof, { algorithm })
const metadata = config.serverMetadata()
const told = {
  methods: ['token', 'introspection', 'revocation'].map((endpoint) =>
    metadata[`${endpoint}_endpoint_auth_methods_supported`].includes(method),
  ),
}
const token = await oauth.clientCredentialsGrant(config, { scope: 'read:api-key' })
told.token = token

const use = async () => {
  const url = new URL('/api-keys', issuer)
  try {
    const answer = await oauth.fetchProtectedResource(config, token.access_token, url, 'GET')
    return answer.status
  } catch (error) {
    return error.cause?.map?.((challenge) => challenge.parameters.error) ?? String(error)
  }
}

told.before = await oauth.tokenIntrospection(config, token.access_token, {
  token_type_hint: 'access_token',
})
told.used_before = await use()
await oauth.tokenRevocation(config, token.access_token)
await oauth.tokenRevocation(config, token.access_token)
told.after = await oauth.tokenIntrospection(config, token.access_token)
told.used_after = await use()
console.log(JSON.stringify(told))
